namespace Tessera.Fuse;

/// <summary>A file system mounted and served: the way most programs use this library.</summary>
public sealed class FuseMount
{
    private readonly MountTableEntry? _entry;
    private readonly uint? _connection;
    private int _detached;

    private FuseMount(string mountPoint, FuseDevice device, FuseServer server)
    {
        MountPoint = mountPoint;
        Device = device;
        Server = server;
        _entry = MountTable.Find(mountPoint);
        _connection = _entry?.ConnectionNumber;
    }

    /// <summary>Absolute, without symbolic links.</summary>
    public string MountPoint { get; }

    public FuseServer Server { get; }

    /// <summary>The minor of st_dev of what is in it, whose major is 0; null when it was gone at once.</summary>
    public uint? DeviceMinor => _connection;

    /// <summary>The open <c>/dev/fuse</c>, for <see cref="FuseDevice.OpenBacking"/>. Closed by the server.</summary>
    public FuseDevice Device { get; }

    /// <summary>Completes when the kernel knows how far to read ahead.</summary>
    internal Task ReadAheadSet { get; private set; } = Task.CompletedTask;

    /// <summary>Completes when the mount is gone, whoever removed it, and every request is answered.</summary>
    public Task Completion => Server.Completion;

    /// <summary>Mounts and begins to serve. The mount is usable when this returns.</summary>
    /// <exception cref="FuseMountException">It cannot be mounted; nothing is left behind.</exception>
    public static FuseMount Mount(
        string mountPoint, FuseFileSystem fileSystem, FuseMountOptions? mountOptions = null, FuseOptions? options = null)
    {
        mountOptions ??= new FuseMountOptions();
        options ??= new FuseOptions();
        FuseOptions.Validate(options);
        var path = MountPoints.Resolve(mountPoint);
        if (MountPoints.IsDead(path))
            throw new FuseMountException(Errno.ENOTCONN, "The mount point is that of a daemon that died; detach it first.");

        var isRoot = LibC.EffectiveUserId() == 0;
        var device = isRoot
            ? DirectMounter.Mount(path, mountOptions, options.MaxWrite)
            : HelperMounter.Mount(path, mountOptions, options.MaxWrite);
        var mount = new FuseMount(path, device, new FuseServer(fileSystem, device, options));
        mount.Server.Start();
        if (isRoot && mountOptions.ReadAheadBytes > 0 && mount._entry is { } entry)
            mount.ReadAheadSet = ReadAhead.SetAsync(mount.Server, entry, mountOptions.ReadAheadBytes);
        return mount;
    }

    /// <summary>
    /// Whether the topmost mount on the mount point is this one: another's must never be removed in its stead. Numbers are used again,
    /// but not before the connection has ended.
    /// </summary>
    private bool IsInPlace =>
        !Completion.IsCompleted && _connection is { } number && MountTable.Find(MountPoint)?.ConnectionNumber == number;

    /// <summary>Removes the mount if nobody uses it; EBUSY otherwise, EINVAL when it is not there any more.</summary>
    public Errno Unmount() => IsInPlace ? MountPoints.Unmount(MountPoint, lazy: false) : Errno.EINVAL;

    /// <summary>
    /// Takes the mount out of the tree at once, serves open files until the last is closed, and ends. After
    /// <paramref name="patience"/>, or when called a second time, the connection is aborted: what is still open sees errors.
    /// </summary>
    /// <returns>When service has ended. Only a handler that never answers can delay it further.</returns>
    public async Task DetachAsync(TimeSpan patience)
    {
        if (Interlocked.Exchange(ref _detached, 1) == 0)
        {
            if (IsInPlace)
                _ = MountPoints.Unmount(MountPoint, lazy: true);
            await Task.WhenAny(Completion, Task.Delay(patience)).ConfigureAwait(false);
        }

        if (!Completion.IsCompleted)
            Abort();
        await Completion.ConfigureAwait(false);
    }

    /// <summary>
    /// Ends the connection at once: every request fails with ECONNABORTED, and the mount, if it is still there, answers ENOTCONN.
    /// </summary>
    public void Abort()
    {
        if (Completion.IsCompleted)
            return;

        if ((_connection is not { } number || !MountPoints.TryAbort(number)) && IsInPlace)
            _ = LibC.Unmount(MountPoint, LibC.UnmountForce | LibC.UnmountDetach);
    }
}
