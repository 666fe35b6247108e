using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <summary>Decides which files the kernel reads and writes by itself, and keeps suid and sgid right for them.</summary>
/// <remarks>
/// <para>All opens of an inode at a time must agree (Linux 6.18, fs/fuse/iomode.c): the first decides, and the others follow until the last is closed.</para>
/// <para>A write of such a file is seen by nobody but the kernel. Before one by an unprivileged process it asks for suid and sgid to be cleared, if it knows
/// of them (Linux 6.18: a SETATTR of nothing); of bits set on the host beneath it does not. A file with either is therefore never given away, and one
/// that gets them while it is given away is watched: whenever its attributes are asked for or a descriptor of it is closed, a modification time that has moved
/// since says that it was written, and the bits go. Until then nobody can run it: execve(2) of a file that is open for writing fails with ETXTBSY.</para>
/// </remarks>
internal sealed class Backing(HostDirectoryOptions options)
{
    private const uint RunAsOther = ModeBits.SetUid | ModeBits.SetGid;

    private IBackingRegistry? registry;
    private long opens;

    /// <summary>Opens so far of files that the kernel reads and writes by itself.</summary>
    public long Opens => Interlocked.Read(ref opens);

    /// <summary>Null while the kernel takes no files.</summary>
    public IBackingRegistry? Registry
    {
        get => Volatile.Read(ref registry);
        set => Volatile.Write(ref registry, value);
    }

    /// <summary>Counts an open of a regular file, and says by <see cref="OpenFile.BackingId"/> whose it is to read and write.</summary>
    /// <param name="file">Just opened.</param>
    /// <param name="stat">As it is now.</param>
    /// <param name="isNew">It will be as large as what is about to be written.</param>
    public void Opened(OpenFile file, in Statx stat, bool isNew)
    {
        Node node = file.Node;
        lock (node)
        {
            if (node.Opens++ == 0 && Registry is { } kernel && (stat.Mode & RunAsOther) == 0 && (isNew || stat.Size >= options.BackedFromBytes))
            {
                node.BackingId = kernel.Register(file.Descriptor.Number);
                node.PrivilegedSince = null;
            }

            file.BackingId = node.BackingId;
            Interlocked.Add(ref opens, node.BackingId != 0 ? 1 : 0);
        }
    }

    public void Closed(OpenFile file)
    {
        Node node = file.Node;
        lock (node)
        {
            if (--node.Opens == 0 && node.BackingId != 0)
            {
                Registry?.Unregister(node.BackingId);
                node.BackingId = 0;
            }
        }
    }

    /// <summary>Clears suid and sgid where a write that nobody saw should have, before the attributes are told or changed.</summary>
    public void Watch(Node node, int descriptor, ref Statx stat)
    {
        if (node.BackingId == 0)
        {
            return;
        }

        lock (node)
        {
            if (stat.PrivilegedBits == 0)
            {
                node.PrivilegedSince = null;
                return;
            }

            // Set by somebody else on the host: a change of the mode moves the change time alone, a write both.
            Timestamp modified = stat.ModifyTime.ToTimestamp();
            bool written = node.PrivilegedSince is { } since ? modified != since : modified >= stat.ChangeTime.ToTimestamp();
            if (!written)
            {
                node.PrivilegedSince = modified;
                return;
            }

            Privileges.Clear(descriptor, stat);
            node.PrivilegedSince = null;
            _ = Host.Stat(descriptor, out stat);
        }
    }

    /// <summary>The mode or the times were changed through the door: what the file has now is right.</summary>
    public void Changed(Node node, in Statx stat)
    {
        if (node.BackingId == 0)
        {
            return;
        }

        lock (node)
        {
            node.PrivilegedSince = stat.PrivilegedBits == 0 ? null : stat.ModifyTime.ToTimestamp();
        }
    }
}
