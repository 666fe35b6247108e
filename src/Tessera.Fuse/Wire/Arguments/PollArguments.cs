using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_poll_in</c>. With <see cref="WantsNotify"/> the kernel waits for <see cref="FuseNotifier.Poll"/> of <see cref="KernelHandle"/>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 24)]
public readonly struct PollArguments
{
    public ulong Handle { get; init; }

    public ulong KernelHandle { get; init; }

    internal uint Flags { get; init; }

    public uint Events { get; init; }

    public bool WantsNotify => (Flags & 1) != 0;
}
