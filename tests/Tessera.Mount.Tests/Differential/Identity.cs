namespace Tessera.Mount.Tests.Differential;

/// <summary>Who the calling thread is to file systems. Others of the process stay root.</summary>
internal static unsafe class Identity
{
    /// <summary>_LINUX_CAPABILITY_VERSION_3.</summary>
    private const uint Version = 0x20080522;
    private const long GetCall = 125;
    private const long SetCall = 126;
    private const int Sets = 6;

    /// <summary>An ordinary user, without any capability in effect, in no group but their own.</summary>
    public static void Become(uint user)
    {
        _ = RawCalls.SetGroup(user);
        _ = RawCalls.SetUser(user);
        SetEffective(all: false);
    }

    public static void BecomeRoot()
    {
        SetEffective(all: true);
        _ = RawCalls.SetUser(0);
        _ = RawCalls.SetGroup(0);
    }

    /// <summary>Takes the permitted capabilities into effect, or none (capset(2): effective, permitted, inheritable, twice 32 bits).</summary>
    private static void SetEffective(bool all)
    {
        uint* header = stackalloc uint[2] { Version, 0 };
        uint* data = stackalloc uint[Sets];
        RawCalls.Capabilities(GetCall, header, data).ShouldBe(0);
        data[0] = all ? data[1] : 0;
        data[3] = all ? data[4] : 0;
        RawCalls.Capabilities(SetCall, header, data).ShouldBe(0);
    }
}
