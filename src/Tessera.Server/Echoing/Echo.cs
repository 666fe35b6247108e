using Tessera.Core.FileSystem;
using Tessera.Doors.Fuse;

namespace Tessera.Server.Echoing;

/// <summary>Repeats what is changed at a client through its mount here, so that watches on the mount (inotify(7)) hear of it: the kernel tells them of calls, and of nothing else. Each is answered
/// by <see cref="EchoFileSystem"/>, and done nowhere.</summary>
/// <remarks>Used by one thread at a time. All that a call will be asked on its way is found out before it is made: the one who makes it never waits for the client.</remarks>
internal sealed class Echo(EchoHelper helper, EchoFileSystem files, FuseDoor door, EchoMount mount) : IDisposable
{
    private const int Busy = 16; // EBUSY
    private const int Exists = 17; // EEXIST
    private const int Attempts = 8;

    /// <summary>How long the root is taken to be as it was.</summary>
    private const long RootMs = 1000;

    private readonly int workspace = helper.NewWorkspace();
    private int generation;
    private ulong lastStandIn = EchoFileSystem.FirstStandIn;
    private (long Tick, FsResult<InodeAttributes> Attributes) root = (long.MinValue, FsError.NotFound);

    /// <summary>What its thread has asked and is not answered yet stays refused: the thread is known for as long as the mount is.</summary>
    public void Dispose() => helper.End(workspace);

    /// <summary>Repeats a change; what is not there any more when its turn comes is not repeated.</summary>
    public void Repeat(FileChange change)
    {
        if (change.Kinds == ChangeKinds.Everything || change.Name.Name.Length == 0)
        {
            return;
        }

        if (change.Kinds.HasFlag(ChangeKinds.Created))
        {
            Repeat(EchoCall.Make, change, change.Name);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Renamed))
        {
            Repeat(EchoCall.Rename, change, change.NewName);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Modified))
        {
            Repeat(EchoCall.Modify, change, change.Name);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Written))
        {
            Repeat(EchoCall.Write, change, change.Name);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Attributes))
        {
            Repeat(EchoCall.Attributes, change, change.Name);
        }

        if (change.Kinds.HasFlag(ChangeKinds.Deleted))
        {
            if (change.Ino != 0 && !Wait(files.GetAttributesAsync(Caller.Engine, change.Ino)).Ok)
            {
                door.Delete(change); // Without this those who watch the file itself would not hear of it: the call below removes a stand-in.
            }

            Repeat(EchoCall.Remove, change, change.Name);
        }
    }

    /// <param name="call">What to repeat.</param>
    /// <param name="change">The change.</param>
    /// <param name="now">Where its inode is now.</param>
    private void Repeat(EchoCall call, FileChange change, in ChangedName now)
    {
        FsResult<InodeAttributes> target = call == EchoCall.Remove ? StandIn(change.IsDirectory) : LookUp(now.Parent, now.Name);
        bool isPlain = target.Ok && (target.Value.Mode & ModeBits.TypeMask) is ModeBits.Regular or ModeBits.Directory or ModeBits.Symlink or ModeBits.Fifo or ModeBits.Socket;
        if (!isPlain || (call == EchoCall.Write && !ModeBits.IsRegular(target.Value.Mode)))
        {
            return;
        }

        var plan = new EchoPlan(call, change.Name, change.NewName, target.Value);
        plan.Add(target.Value);
        if (call != EchoCall.Make)
        {
            bool isNow = call is not (EchoCall.Remove or EchoCall.Rename);
            plan.Add(change.Name.Parent, change.Name.Name, target.Value with { IsMomentary = !isNow }); // Where it was: for this call alone.
        }

        if (!TryPlanWay(plan, change.Name) || (call == EchoCall.Rename && !TryPlanWay(plan, change.NewName)) || !TryHaveThread())
        {
            return;
        }

        files.Plan = plan;
        var request = new EchoRequest(workspace, mount.Path, mount.Device, call, change.Name, change.NewName, target.Value.Mode, target.Value.ModifyTime) { Thread = files.Thread };
        for (int i = 0; i < Attempts && Call(plan, request) is { Error: Exists or Busy }; i++)
        {
            door.Forget(change); // A program has looked up the name in the meantime; the kernel does not make what it knows to be there, nor is it to remove that.
        }

        files.Plan = null;
    }

    private (int Thread, int Error)? Call(EchoPlan plan, EchoRequest request)
    {
        plan.Begin();
        return helper.Call(request, generation);
    }

    /// <summary>Every directory on the way from the root, the root included.</summary>
    private bool TryPlanWay(EchoPlan plan, in ChangedName place)
    {
        FsResult<InodeAttributes> at = Root();
        if (!at.Ok)
        {
            return false;
        }

        plan.Add(at.Value);
        ReadOnlySpan<byte> path = place.ParentPath;
        foreach (Range part in path.Split((byte)'/'))
        {
            byte[] name = path[part].ToArray();
            ulong above = at.Value.Ino;
            if (name.Length > 0)
            {
                at = LookUp(above, name);
                if (!at.Ok || !ModeBits.IsDirectory(at.Value.Mode))
                {
                    return false;
                }

                plan.Add(above, name, at.Value);
            }
        }

        return at.Value.Ino == place.Parent; // Otherwise it is elsewhere by now.
    }

    private FsResult<InodeAttributes> Root()
    {
        if (Environment.TickCount64 - RootMs >= root.Tick)
        {
            root = (Environment.TickCount64, Wait(files.GetAttributesAsync(Caller.Engine, FsLimits.RootInode)));
        }

        return root.Attributes;
    }

    /// <summary>Its requests are known before it makes any.</summary>
    private bool TryHaveThread()
    {
        if (files.Thread != 0 && generation == helper.Generation)
        {
            return true;
        }

        var nothing = new ChangedName(0, [], []);
        generation = helper.Start();
        if (helper.Call(new EchoRequest(workspace, mount.Path, mount.Device, EchoCall.None, nothing, nothing, 0, default), generation) is not { } answer)
        {
            generation = 0;
            return false;
        }

        files.Trust(answer.Thread);
        return true;
    }

    /// <summary>What is gone has no attributes any more. The kernel is told of another inode in its place, for the moment of its removal.</summary>
    private FsResult<InodeAttributes> StandIn(bool isDirectory) => new InodeAttributes
    {
        Ino = ++lastStandIn,
        Mode = isDirectory ? ModeBits.Directory | 0x1C0 : ModeBits.Regular | 0x180,
        LinkCount = isDirectory ? 2u : 1u,
        IsProvisional = true,
    };

    private FsResult<InodeAttributes> LookUp(ulong parent, byte[] name) => Wait(files.LookupAsync(Caller.Engine, parent, name));

    /// <summary>This thread is there to wait.</summary>
    private static FsResult<InodeAttributes> Wait(ValueTask<FsResult<InodeAttributes>> task) => task.AsTask().GetAwaiter().GetResult();
}
