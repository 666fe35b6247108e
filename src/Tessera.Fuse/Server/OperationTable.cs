namespace Tessera.Fuse;

/// <summary>Every opcode of the protocol and its handler: decode, call, reply.</summary>
internal static class OperationTable
{
    private static readonly OperationHandler?[] s_handlers = Build();

    public static OperationHandler? Find(FuseOpcode opcode) =>
        (uint)opcode < (uint)s_handlers.Length ? s_handlers[(uint)opcode] : null;

    private static OperationHandler?[] Build()
    {
        var handlers = new OperationHandler?[(int)FuseOpcode.CopyFileRange64 + 1];
        AddConnection(handlers);
        AddAttributes(handlers);
        AddNames(handlers);
        AddXattrs(handlers);
        AddFiles(handlers);
        AddDirectories(handlers);
        AddRanges(handlers);
        AddLocksAndDevices(handlers);
        return handlers;

        static void AddConnection(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.Init] = static (d, r, b) =>
                b.Take(Math.Clamp(b.Remaining, InitIn.CompatibleSize, 64), out InitIn init) && d.Initialize(r, init);
            on[(int)FuseOpcode.Destroy] = static (d, r, _) => d.Reply(r, Errno.None);
            on[(int)FuseOpcode.Interrupt] = static (d, r, b) => b.Take(out InterruptIn a) && d.Interrupt(r, a.Unique);
            on[(int)FuseOpcode.NotifyReply] = static (d, r, b) =>
                b.Take(out RetrieveIn a) && b.TakeBytes(a.Size, out var data) && d.Retrieved(r, a.Offset, data);
            on[(int)FuseOpcode.Forget] = static (d, r, b) => b.Take(out ulong lookups) && d.Forget(r, lookups);
            on[(int)FuseOpcode.BatchForget] = static (d, r, b) => b.Take(out BatchForgetIn a) && d.BatchForget(r, a.Count, b);
        }

        static void AddAttributes(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.GetAttributes] = static (d, r, b) =>
                b.Take(out GetAttributesArguments a) && d.Reply(r, d.FileSystem.GetAttributes(r, a), Replies.Attributes);
            on[(int)FuseOpcode.SetAttributes] = static (d, r, b) =>
                b.Take(out SetAttributesArguments a) && d.Reply(r, d.FileSystem.SetAttributes(r, a), Replies.Attributes);
            on[(int)FuseOpcode.Statx] = static (d, r, b) =>
                b.Take(out StatxArguments a) && d.Reply(r, d.FileSystem.Statx(r, a), Replies.Statx);
            on[(int)FuseOpcode.Access] = static (d, r, b) => b.Take(out AccessIn a) && d.Reply(r, d.FileSystem.Access(r, a.Mask));
            on[(int)FuseOpcode.StatFs] = static (d, r, _) => d.Reply(r, d.FileSystem.StatFs(r), Replies.StatFs);
            on[(int)FuseOpcode.SyncFs] = static (d, r, _) => d.Reply(r, d.FileSystem.SyncFs(r));
        }

        static void AddNames(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.Lookup] = static (d, r, b) =>
                b.TakeName(out var name) && d.Reply(r, d.FileSystem.Lookup(r, name), Replies.Entry);
            on[(int)FuseOpcode.MakeNode] = static (d, r, b) =>
                b.Take(out MakeNodeArguments a) && b.TakeName(out var name)
                && d.Reply(r, d.FileSystem.MakeNode(r, name, a), Replies.Entry);
            on[(int)FuseOpcode.MakeDirectory] = static (d, r, b) =>
                b.Take(out MakeDirectoryArguments a) && b.TakeName(out var name)
                && d.Reply(r, d.FileSystem.MakeDirectory(r, name, a), Replies.Entry);
            on[(int)FuseOpcode.Symlink] = static (d, r, b) =>
                b.TakeName(out var name) && b.TakeString(out var target) && d.Reply(r, d.FileSystem.Symlink(r, name, target), Replies.Entry);
            on[(int)FuseOpcode.ReadLink] = static (d, r, _) =>
                r.TryLend(Limits.LongestSymlink, out var target) && d.Reply(r, d.FileSystem.ReadLink(r, target), Replies.Payload);
            on[(int)FuseOpcode.Link] = static (d, r, b) =>
                b.Take(out LinkIn a) && b.TakeName(out var name)
                && d.Reply(r, d.FileSystem.Link(r, a.ExistingNodeId, name), Replies.Entry);
            on[(int)FuseOpcode.Unlink] = static (d, r, b) => b.TakeName(out var name) && d.Reply(r, d.FileSystem.Unlink(r, name));
            on[(int)FuseOpcode.RemoveDirectory] = static (d, r, b) =>
                b.TakeName(out var name) && d.Reply(r, d.FileSystem.RemoveDirectory(r, name));
            on[(int)FuseOpcode.Rename] = static (d, r, b) =>
                b.Take(out RenameIn a) && b.TakeName(out var name) && b.TakeName(out var newName)
                && d.Reply(r, d.FileSystem.Rename(r, name, a.NewParent, newName, RenameFlags.None));
            on[(int)FuseOpcode.Rename2] = static (d, r, b) =>
                b.Take(out Rename2In a) && b.TakeName(out var name) && b.TakeName(out var newName)
                && d.Reply(r, d.FileSystem.Rename(r, name, a.NewParent, newName, a.Flags));
        }

        static void AddXattrs(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.GetXattr] = static (d, r, b) =>
                b.Take(out GetXattrIn a) && b.TakeString(out var name) && r.TryLend(a.Size, out var value)
                && d.Reply(r, d.FileSystem.GetXattr(r, name, value), Replies.LengthOrPayload);
            on[(int)FuseOpcode.ListXattr] = static (d, r, b) =>
                b.Take(out GetXattrIn a) && r.TryLend(a.Size, out var names)
                && d.Reply(r, d.FileSystem.ListXattr(r, names), Replies.LengthOrPayload);
            on[(int)FuseOpcode.SetXattr] = static (d, r, b) =>
                b.Take(d.SetXattrInSize, out SetXattrIn a) && b.TakeString(out var name) && b.TakeBytes(a.Size, out var value)
                && d.Reply(r, d.FileSystem.SetXattr(r, name, value, new SetXattrArguments(a.Mode, a.Flags)));
            on[(int)FuseOpcode.RemoveXattr] = static (d, r, b) => b.TakeString(out var name) && d.Reply(r, d.FileSystem.RemoveXattr(r, name));
        }

        static void AddFiles(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.Open] = static (d, r, b) =>
                b.Take(out OpenArguments a) && d.Reply(r, d.FileSystem.Open(r, a), Replies.Opened);
            on[(int)FuseOpcode.Create] = static (d, r, b) =>
                b.Take(out CreateArguments a) && b.TakeName(out var name) && d.Reply(r, d.FileSystem.Create(r, name, a), Replies.Created);
            on[(int)FuseOpcode.TmpFile] = static (d, r, b) =>
                b.Take(out CreateArguments a) && d.Reply(r, d.FileSystem.TmpFile(r, a), Replies.Created);
            on[(int)FuseOpcode.Read] = static (d, r, b) =>
                b.Take(out ReadArguments a) && r.TryLend(a.Size, out var buffer)
                && d.Reply(r, d.FileSystem.Read(r, a, buffer), Replies.Payload);
            on[(int)FuseOpcode.Write] = static (d, r, b) =>
                b.Take(out WriteArguments a) && b.TakeBytes(a.Size, out var data)
                && d.Reply(r, d.FileSystem.Write(r, a, data), Replies.Written);
            on[(int)FuseOpcode.Flush] = static (d, r, b) => b.Take(out FlushArguments a) && d.Reply(r, d.FileSystem.Flush(r, a));
            on[(int)FuseOpcode.Release] = static (d, r, b) => b.Take(out ReleaseArguments a) && d.Reply(r, d.FileSystem.Release(r, a));
            on[(int)FuseOpcode.Fsync] = static (d, r, b) => b.Take(out FsyncArguments a) && d.Reply(r, d.FileSystem.Fsync(r, a));
        }

        static void AddDirectories(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.OpenDirectory] = static (d, r, b) =>
                b.Take(out OpenArguments a) && d.Reply(r, d.FileSystem.OpenDirectory(r, a), Replies.Opened);
            on[(int)FuseOpcode.ReadDirectory] = static (d, r, b) =>
                b.Take(out ReadArguments a) && r.TryLend(a.Size, out _)
                && d.ReplyPacked(r, d.FileSystem.ReadDirectory(r, a, new FuseDirectoryWriter(r)));
            on[(int)FuseOpcode.ReadDirectoryPlus] = static (d, r, b) =>
                b.Take(out ReadArguments a) && r.TryLend(a.Size, out _)
                && d.ReplyPacked(r, d.FileSystem.ReadDirectoryPlus(r, a, new FuseDirectoryWriter(r)));
            on[(int)FuseOpcode.ReleaseDirectory] = static (d, r, b) =>
                b.Take(out ReleaseArguments a) && d.Reply(r, d.FileSystem.ReleaseDirectory(r, a));
            on[(int)FuseOpcode.FsyncDirectory] = static (d, r, b) =>
                b.Take(out FsyncArguments a) && d.Reply(r, d.FileSystem.FsyncDirectory(r, a));
        }

        static void AddRanges(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.Fallocate] = static (d, r, b) =>
                b.Take(out FallocateArguments a) && d.Reply(r, d.FileSystem.Fallocate(r, a));
            on[(int)FuseOpcode.Lseek] = static (d, r, b) =>
                b.Take(out LseekArguments a) && d.Reply(r, d.FileSystem.Lseek(r, a), Replies.Number);
            on[(int)FuseOpcode.Bmap] = static (d, r, b) =>
                b.Take(out BmapArguments a) && d.Reply(r, d.FileSystem.Bmap(r, a), Replies.Number);
            on[(int)FuseOpcode.CopyFileRange] = static (d, r, b) =>
                b.Take(out CopyFileRangeArguments a) && d.Reply(r, d.FileSystem.CopyFileRange(r, a), Replies.Copied);
            on[(int)FuseOpcode.CopyFileRange64] = static (d, r, b) =>
                b.Take(out CopyFileRangeArguments a) && d.Reply(r, d.FileSystem.CopyFileRange(r, a), Replies.Number);
            on[(int)FuseOpcode.SetupMapping] = static (d, r, b) =>
                b.Take(out SetupMappingArguments a) && d.Reply(r, d.FileSystem.SetupMapping(r, a));
            on[(int)FuseOpcode.RemoveMapping] = static (d, r, _) => d.Reply(r, d.FileSystem.RemoveMapping(r));
        }

        static void AddLocksAndDevices(OperationHandler?[] on)
        {
            on[(int)FuseOpcode.GetLock] = static (d, r, b) =>
                b.Take(out LockArguments a) && d.Reply(r, d.FileSystem.GetLock(r, a), Replies.FileLock);
            on[(int)FuseOpcode.SetLock] = static (d, r, b) => b.Take(out LockArguments a) && d.Reply(r, d.FileSystem.SetLock(r, a, wait: false));
            on[(int)FuseOpcode.SetLockWait] = static (d, r, b) => b.Take(out LockArguments a) && d.SetLockWait(r, a);
            on[(int)FuseOpcode.Poll] = static (d, r, b) =>
                b.Take(out PollArguments a) && d.Reply(r, d.FileSystem.Poll(r, a), Replies.Events);
            on[(int)FuseOpcode.Ioctl] = static (d, r, b) =>
                b.Take(out IoctlArguments a) && b.TakeBytes(a.InputSize, out var input)
                && r.TryLend(a.OutputSize, out var output, Limits.IoctlReplyPrefix)
                && d.Reply(r, d.FileSystem.Ioctl(r, a, input, output), Replies.Ioctl);
        }
    }
}
