namespace Tessera.Differential;

/// <summary>Who this process is.</summary>
internal static unsafe class Identity
{
    private const int SetDumpable = 4;
    private const uint CapabilityVersion = 0x2008_0522;

    /// <summary>For good, with all its threads: an ordinary user without any capability, in no group but their own. Root stays root.</summary>
    public static void Become(uint user)
    {
        if (user == 0)
        {
            return;
        }

        uint group = user;
        Check(RawCalls.SetGroups(1, &group));
        Check(RawCalls.SetGroup(user, user, user));
        Check(RawCalls.SetUser(user, user, user));

        // Whatever secure bits this process was started with, which may let capabilities outlive the change of user (capabilities(7)).
        uint* header = stackalloc uint[2] { CapabilityVersion, 0 };
        uint* none = stackalloc uint[6];
        new Span<uint>(none, 6).Clear();
        Check(RawCalls.SetCapabilities(header, none));

        // Or /proc/self/fd, by which descriptors without a name get one, would be root's.
        Check(RawCalls.Control(SetDumpable, 1, 0, 0, 0));
    }

    private static void Check(int result)
    {
        if (result != 0)
        {
            throw new InvalidOperationException($"errno {System.Runtime.InteropServices.Marshal.GetLastPInvokeError()}");
        }
    }
}
