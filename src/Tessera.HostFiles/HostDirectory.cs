using System.Diagnostics.CodeAnalysis;
using System.Text;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <summary>A directory of this host as a file system: everything beneath it, on its own mount, and nothing else.</summary>
/// <remarks>
/// <para><b>Confinement.</b> Every name is resolved by openat2(2) beneath a directory that was itself reached so from the root; no symbolic or magic link is
/// followed and no mount crossed. Links are told to the door as links.</para>
/// <para><b>Inodes</b> are remembered by directory and name, not by descriptor, and compared with what they were (device, number, time of birth) after each
/// resolution. What is not there any more is <see cref="FsError.Stale"/>, never another file.</para>
/// <para><b>Permissions</b> are the door's kernel's to check. A daemon of root's makes files as the caller's; a daemon of any other user does what that
/// user may do on the host.</para>
/// <para>Calls complete on the calling thread. One that may wait for the host's disk says so first (<see cref="Blocking"/>).</para>
/// </remarks>
public sealed partial class HostDirectory : IFileSystem, IBackedFiles, IWatchedFiles, IDisposable
{
    private readonly HostDirectoryOptions options;
    private readonly Descriptor root;
    private readonly NodeTable nodes;
    private readonly DirectoryCache directories;
    private readonly NodeFinder finder;
    private readonly OpenFiles files;
    private readonly Backing backing;
    private readonly AttributeSetter setter;
    private readonly bool actsForOthers = Libc.EffectiveUser() == 0;

    /// <summary>Node ids begin anew with each mount; handles that outlive it (open_by_handle_at(2)) are told by this.</summary>
    private readonly ulong generation = (uint)DateTimeOffset.UtcNow.ToUnixTimeSeconds();

    private HostDirectory(int descriptor, in Statx stat, HostDirectoryOptions options)
    {
        this.options = options;
        root = new Descriptor(descriptor);
        nodes = new NodeTable(stat);
        directories = new DirectoryCache(nodes, root, (long)options.Freshness.TotalMilliseconds);
        finder = new NodeFinder(nodes, directories, stat.MountId);
        files = new OpenFiles(nodes);
        backing = new Backing(options);
        setter = new AttributeSetter(nodes, finder, files);
    }

    /// <summary>O_NOATIME where access times are not to be kept; only root may ask for it of other users' files.</summary>
    private int Quiet => options.NoAccessTime && actsForOthers ? (int)OpenFlags.NoAccessTime : 0;

    /// <summary>Inodes remembered.</summary>
    public int Nodes => nodes.Count;

    /// <summary>Files and directories open by the door.</summary>
    public int OpenHandles => files.Count;

    /// <summary>Opens so far of files that the kernel reads and writes by itself.</summary>
    public long BackedOpens => backing.Opens;

    /// <summary>Where files are registered that the kernel is to read and write by itself; null: nowhere.</summary>
    public IBackingRegistry? BackingRegistry
    {
        get => backing.Registry;
        set => backing.Registry = value;
    }

    /// <summary>Opens a directory of the host.</summary>
    /// <remarks>Root gets a mount of its own of it (open_tree(2)), in which nothing else is mounted: what others have mounted beneath, this daemon's own
    /// mount perhaps, is not seen. Everybody else sees a name that cannot be entered there (EXDEV).</remarks>
    /// <exception cref="IOException">It cannot be opened, or is no directory.</exception>
    public static unsafe HostDirectory Open(string path, HostDirectoryOptions options)
    {
        byte[] name = [.. Encoding.UTF8.GetBytes(path), 0];
        int descriptor;
        fixed (byte* start = name)
        {
            descriptor = (int)Libc.Call(Libc.OpenTree, Flag.AtCurrentDirectory, start, Flag.CloneTree | Flag.CloseOnExec);
            descriptor = descriptor >= 0 ? descriptor : Libc.Open(start, Flag.Path | Flag.Directory | Flag.CloseOnExec, 0);
        }

        Statx stat = default;
        int outcome = descriptor < 0 ? -Libc.LastError : Host.Stat(descriptor, out stat);
        if (outcome < 0)
        {
            throw new IOException($"The directory {path} cannot be opened: {System.Runtime.InteropServices.Marshal.GetPInvokeErrorMessage(-outcome)}.");
        }

        return new HostDirectory(descriptor, stat, options);
    }

    public void Dispose()
    {
        watcher?.Dispose();
        directories.Clear();
        root.LetGo();
    }

    public int BackingOf(ulong handle) => files.Find(handle)?.BackingId ?? 0;

    public void Forget(ulong ino) => nodes.Forget(ino);

    public ValueTask<FsResult<InodeAttributes>> LookupAsync(Caller caller, ulong parent, ReadOnlyMemory<byte> name)
    {
        if (nodes.Find(parent) is not { } node)
        {
            return new(FsError.Stale);
        }

        if (name.Span.SequenceEqual("."u8))
        {
            return new(Tell(node));
        }

        if (name.Span.SequenceEqual(".."u8))
        {
            return new(Tell(node != nodes.Root && nodes.TryGetName(node, index: 0, out Node above, out _) ? above : nodes.Root));
        }

        if (!IsName(name.Span))
        {
            return new(FsError.InvalidArgument);
        }

        Descriptor? directory = directories.Use(node, out FsError error);
        if (directory is null)
        {
            return new(error);
        }

        FsResult<InodeAttributes> found = LookUp(directory.Number, node, name.Span);
        directory.LetGo();
        return new(found);
    }

    public ValueTask<FsResult<InodeAttributes>> GetAttributesAsync(Caller caller, ulong ino)
    {
        if (nodes.Find(ino) is not { } node)
        {
            return new(FsError.Stale);
        }

        FsError error = node.BackingId == 0 ? finder.Stat(node, out Statx stat) : StatBacked(node, out stat);
        return new(error == FsError.None ? HostAttributes.Of(node, generation, stat) : error);
    }

    public ValueTask<FsResult<InodeAttributes>> SetAttributesAsync(Caller caller, ulong ino, AttributeChanges changes)
    {
        if (options.ReadOnly)
        {
            return new(FsError.ReadOnly);
        }

        Blocking.Announce();
        if (!TryPin(ino, out Node? node, out Pin pin, out FsError error))
        {
            return new(error);
        }

        using (pin)
        {
            error = (FsError)(-Host.Stat(pin.Number, out Statx stat));
            backing.Watch(node, pin.Number, ref stat);
            error = error == FsError.None ? setter.Apply(caller, node, pin.Number, stat, changes) : error;
            error = error == FsError.None ? (FsError)(-Host.Stat(pin.Number, out stat)) : error;
            backing.Changed(node, stat);
            return new(error == FsError.None ? HostAttributes.Of(node, generation, stat) : error);
        }
    }

    /// <summary>What the daemon may do, where no kernel has checked what the caller may.</summary>
    public unsafe ValueTask<FsError> AccessAsync(Caller caller, ulong ino, int mask)
    {
        if (caller.KernelChecked)
        {
            return new(FsError.None);
        }

        if (!TryPin(ino, out _, out Pin pin, out FsError error))
        {
            return new(error);
        }

        using (pin)
        {
            var path = new DescriptorPath(pin.Number);
            return new(Host.Outcome(Libc.Access(Flag.AtCurrentDirectory, (byte*)&path, mask, 0)));
        }
    }

    public unsafe ValueTask<FsResult<FileSystemStatistics>> GetStatisticsAsync(Caller caller)
    {
        StatVfs host;
        FsError error = Host.Outcome(Libc.StatVfs(root.Number, &host));
        return new(error == FsError.None
            ? new FileSystemStatistics((uint)host.FragmentSize, host.Blocks, host.FreeBlocks, host.AvailableBlocks, host.Files, host.FreeFiles)
            : error);
    }

    private FsError StatBacked(Node node, out Statx stat)
    {
        FsError error = finder.Find(node, out Pin pin);
        if (error != FsError.None)
        {
            stat = default;
            return error;
        }

        using (pin)
        {
            error = (FsError)(-Host.Stat(pin.Number, out stat));
            backing.Watch(node, pin.Number, ref stat);
            return error;
        }
    }

    private FsResult<InodeAttributes> Tell(Node node)
    {
        FsError error = finder.Stat(node, out Statx stat);
        if (error != FsError.None)
        {
            return error;
        }

        nodes.Hand(node.Id);
        return HostAttributes.Of(node, generation, stat);
    }

    private FsResult<InodeAttributes> LookUp(int directory, Node parent, ReadOnlySpan<byte> name)
    {
        int found = Host.OpenBeneath(directory, name, Flag.Path);
        if (found < 0)
        {
            if (-found == (int)FsError.NotFound)
            {
                nodes.Lose(parent, name);
            }

            return (FsError)(-found);
        }

        FsError error = (FsError)(-Host.Stat(found, out Statx stat));
        if (error != FsError.None)
        {
            _ = Libc.Close(found);
            return error;
        }

        Node node = nodes.Learn(parent, name, stat);
        backing.Watch(node, found, ref stat);
        Watch(node, found);
        if (node.IsDirectory)
        {
            directories.Keep(node, found);
        }
        else
        {
            _ = Libc.Close(found);
        }

        return HostAttributes.Of(node, generation, stat);
    }

    /// <summary>Whether it is a name and no path: most calls that change a directory would follow one, and confinement is not left to the door.</summary>
    private static bool IsName(ReadOnlySpan<byte> name) =>
        !name.IsEmpty && !name.ContainsAny((byte)'/', (byte)0) && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);

    /// <summary>A descriptor of an inode for operations that neither read nor write it.</summary>
    private bool TryPin(ulong ino, [NotNullWhen(true)] out Node? node, out Pin pin, out FsError error)
    {
        node = nodes.Find(ino);
        pin = default;
        error = node is null ? FsError.Stale : finder.Find(node, out pin);
        return error == FsError.None && node is not null;
    }
}
