using System.Buffers.Binary;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.HostFiles.Native;
using Tessera.HostFiles.Nodes;

namespace Tessera.HostFiles;

/// <content>Listing directories: the host's order and its cookies.</content>
public sealed unsafe partial class HostDirectory
{
    /// <summary>One call of getdents64(2). A reply of the kernel's largest READDIR size holds little more.</summary>
    private const int ListingBytes = 32 << 10;

    /// <summary>struct linux_dirent64: ino u64, off s64, reclen u16, type u8, name.</summary>
    private const int NameOffset = 19;

    /// <summary>S_IFMT is the type of a directory entry, shifted.</summary>
    private const int TypeShift = 12;

    [ThreadStatic]
    private static byte[]? listing;

    public ValueTask<FsResult<ulong>> OpenDirectoryAsync(Caller caller, ulong ino)
    {
        if (nodes.Find(ino) is not { } node)
        {
            return new(FsError.Stale);
        }

        FsError error = finder.Open(node, Flag.Directory | Quiet, out int opened, out _);
        return new(error == FsError.None ? files.Add(node, opened, canWrite: false).Handle : error);
    }

    public ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        if (nodes.Find(ino) is not { } node)
        {
            return new(FsError.Stale);
        }

        Blocking.Announce();
        if (nodes.UseOpen(node) is { } open)
        {
            try
            {
                lock (node)
                {
                    return new(List(node, open.Number, cookie, sink)); // The position is the descriptor's.
                }
            }
            finally
            {
                open.LetGo();
            }
        }

        FsError error = finder.Open(node, Flag.Directory | Quiet, out int opened, out _);
        if (error != FsError.None)
        {
            return new(error);
        }

        using (new Pin(opened))
        {
            return new(List(node, opened, cookie, sink));
        }
    }

    public ValueTask<FsError> ReleaseDirectoryAsync(ulong ino, ulong handle)
    {
        if (files.Remove(ino, handle) is not { } file)
        {
            return new(FsError.BadHandle);
        }

        file.Descriptor.LetGo();
        return new(FsError.None);
    }

    private FsError List(Node directory, int descriptor, ulong cookie, IDirectorySink sink)
    {
        if (Libc.Seek(descriptor, (long)cookie, 0) < 0)
        {
            return (FsError)Libc.LastError;
        }

        listing ??= GC.AllocateUninitializedArray<byte>(ListingBytes, pinned: true);
        fixed (byte* buffer = listing)
        {
            while (true)
            {
                nint length = Libc.ReadDirectory(descriptor, buffer, ListingBytes);
                if (length <= 0)
                {
                    return length == 0 ? FsError.None : (FsError)Libc.LastError;
                }

                if (!TryAddAll(directory, descriptor, new ReadOnlySpan<byte>(buffer, (int)length), sink))
                {
                    return FsError.None;
                }
            }
        }
    }

    private bool TryAddAll(Node directory, int descriptor, ReadOnlySpan<byte> entries, IDirectorySink sink)
    {
        while (!entries.IsEmpty)
        {
            ReadOnlySpan<byte> entry = entries[..BinaryPrimitives.ReadUInt16LittleEndian(entries[16..])];
            entries = entries[entry.Length..];
            if (!TryAdd(directory, descriptor, entry, sink))
            {
                return false;
            }
        }

        return true;
    }

    private bool TryAdd(Node directory, int descriptor, ReadOnlySpan<byte> entry, IDirectorySink sink)
    {
        ReadOnlySpan<byte> name = entry[NameOffset..];
        name = name[..name.IndexOf((byte)0)];
        ulong cookie = BinaryPrimitives.ReadUInt64LittleEndian(entry[8..]);
        bool isUp = name.SequenceEqual(".."u8);
        var shown = new InodeAttributes
        {
            ShownIno = isUp && directory == nodes.Root ? directory.Identity.Ino : BinaryPrimitives.ReadUInt64LittleEndian(entry),
            Mode = (uint)entry[18] << TypeShift,
        };
        if (!sink.WantsAttributes || isUp || name.SequenceEqual("."u8))
        {
            return sink.TryAdd(name, cookie, shown);
        }

        if (!TryStat(descriptor, name, ModeBits.IsDirectory(shown.Mode) || shown.Mode == 0, out Statx stat, out bool isGone))
        {
            return isGone || sink.TryAdd(name, cookie, shown);
        }

        Node node = nodes.Learn(directory, name, stat);
        Watch(node, descriptor, name);
        uint handed = node.Handed;
        if (sink.TryAdd(name, cookie, HostAttributes.Of(node, generation, stat)))
        {
            return true;
        }

        nodes.TakeBack(node, handed);
        return false;
    }

    /// <summary>A directory may be somebody's mount point: it is looked at only where no mount can be crossed to, because asking one may wait for ever.</summary>
    private bool TryStat(int directory, ReadOnlySpan<byte> name, bool mayBeDirectory, out Statx stat, out bool isGone)
    {
        int outcome;
        if (mayBeDirectory)
        {
            outcome = Host.OpenBeneath(directory, name, Flag.Path);
            stat = default;
            if (outcome >= 0)
            {
                int found = outcome;
                outcome = Host.Stat(found, out stat);
                _ = Libc.Close(found);
            }
        }
        else
        {
            outcome = Host.Stat(directory, name, out stat);
        }

        isGone = -outcome == (int)FsError.NotFound;
        return outcome == 0 && finder.IsOnRootMount(stat);
    }
}
