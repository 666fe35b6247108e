using Tessera.Core.FileSystem;
using Tessera.Fuse;

namespace Tessera.Doors.Fuse;

/// <content>The end of a mount that programs go on using.</content>
public sealed partial class FuseDoor
{
    private volatile bool isCutOff;

    /// <summary>Nothing is told of contents, names and attributes any more (ENOTCONN), and the kernel forgets what it was told: what programs have open, mapped or as their working directory would else
    /// be read from its memory, also when the connection has ended. What they have written and the kernel has not handed over yet is lost: it is asked for that before.</summary>
    /// <remarks>As <see cref="ForgetAll"/>.</remarks>
    public void CutOff()
    {
        isCutOff = true;
        ForgetAll();
    }

    /// <summary>The kernel forgets all contents, names and attributes that it was told.</summary>
    /// <remarks>Not to be called by who answers requests: the kernel waits for reads that are under way.</remarks>
    public void ForgetAll()
    {
        if (Notifier is not { } kernel)
        {
            return;
        }

        _ = kernel.IncrementEpoch();
        _ = kernel.InvalidateInode(FsLimits.RootInode);
        foreach (ulong ino in references.Nodes())
        {
            if (kernel.InvalidateInode(ino) == Errno.ENODEV)
            {
                return; // It has ended.
            }
        }
    }
}
