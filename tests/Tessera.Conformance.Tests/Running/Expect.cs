using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>How a call fails, and as whom it is made.</summary>
internal static class Expect
{
    /// <summary>The call fails with this errno and no other.</summary>
    public static void Errno(int errno, Action call) => Should.Throw<SyscallException>(call).Errno.ShouldBe(errno);

    /// <summary>The call fails with this errno and no other.</summary>
    public static void Errno<T>(int errno, Func<T> call) => Errno(errno, () => { _ = call(); });
}
