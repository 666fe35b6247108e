using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>The body of a CHANGES frame (docs/protocol.md, "Changes by others"). Pure.</summary>
internal static class ChangesCodec
{
    private const ChangeKinds Known = (ChangeKinds)0x7F;
    private const byte Directory = 1;

    /// <summary>Of these alone an exporter may tell by the inode, without the place.</summary>
    private const ChangeKinds OfInodes = ChangeKinds.Modified | ChangeKinds.Written | ChangeKinds.Attributes;

    /// <summary>Bytes that a change takes.</summary>
    public static int SizeOf(FileChange change) =>
        sizeof(ushort) + 2 + sizeof(ulong) + SizeOf(change.Name) + (change.Kinds.HasFlag(ChangeKinds.Renamed) ? SizeOf(change.NewName) : 0);

    public static void Write(ref WireWriter writer, FileChange change)
    {
        writer.UInt16((ushort)change.Kinds);
        writer.Byte(change.IsDirectory ? Directory : (byte)0);
        writer.Byte(0);
        writer.UInt64(change.Ino);
        Write(ref writer, change.Name);
        if (change.Kinds.HasFlag(ChangeKinds.Renamed))
        {
            Write(ref writer, change.NewName);
        }
    }

    /// <summary>Null: it is none.</summary>
    public static FileChange[]? Decode(ReadOnlySpan<byte> frame)
    {
        var reader = new WireReader(frame[FrameHeader.Size..]);
        var changes = new List<FileChange>();
        while (reader.Remaining > 0)
        {
            var kinds = (ChangeKinds)reader.UInt16();
            byte directory = reader.Byte();
            byte zero = reader.Byte();
            ulong ino = reader.UInt64();
            bool isEverything = kinds == ChangeKinds.Everything;
            bool isOfInode = ino != 0 && (kinds & ~OfInodes) == ChangeKinds.None;
            bool valid = kinds != ChangeKinds.None && (kinds & ~Known) == ChangeKinds.None && directory <= Directory && zero == 0
                && (!kinds.HasFlag(ChangeKinds.Everything) || isEverything);
            valid &= TryRead(ref reader, mayLack: isEverything || isOfInode, mayHave: !isEverything, out ChangedName name);
            ChangedName newName = new(0, [], []);
            valid &= !kinds.HasFlag(ChangeKinds.Renamed) || TryRead(ref reader, mayLack: false, mayHave: true, out newName);
            if (!valid || reader.HasFailed)
            {
                return null;
            }

            changes.Add(isEverything ? FileChange.Everything : new FileChange(kinds, directory != 0, name) { Ino = ino, NewName = newName });
        }

        return [.. changes];
    }

    private static int SizeOf(in ChangedName name) => sizeof(ulong) + sizeof(ushort) + name.ParentPath.Length + sizeof(ushort) + name.Name.Length;

    private static void Write(ref WireWriter writer, in ChangedName name)
    {
        writer.UInt64(name.Parent);
        writer.Text(name.ParentPath);
        writer.Text(name.Name);
    }

    /// <summary>A name without a directory is none, but for that of a change that has no place.</summary>
    private static bool TryRead(ref WireReader reader, bool mayLack, bool mayHave, out ChangedName name)
    {
        ulong parent = reader.UInt64();
        ReadOnlySpan<byte> path = reader.Text();
        ReadOnlySpan<byte> last = reader.Text();
        name = new ChangedName(parent, path.ToArray(), last.ToArray());
        return parent == 0
            ? mayLack && path.IsEmpty && last.IsEmpty
            : mayHave && IsPath(path) && (last.IsEmpty ? path.IsEmpty : IsName(last));
    }

    private static bool IsPath(ReadOnlySpan<byte> path)
    {
        bool valid = path.Length <= ChangedName.MaxPath;
        foreach (Range part in path.Split((byte)'/'))
        {
            valid &= path.IsEmpty || IsName(path[part]);
        }

        return valid;
    }

    private static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= FsLimits.MaxName && !name.ContainsAny((byte)'/', (byte)0) && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
}
