using System.Buffers.Binary;

namespace Tessera.HostFiles.Watching;

/// <summary>One event of fanotify(7), FAN_REPORT_DFID_NAME: what happened, and the directories and names it happened to. Pure.</summary>
internal ref struct HostEvent
{
    public const ulong Modify = 0x2;
    public const ulong Attributes = 0x4;
    public const ulong CloseWrite = 0x8;
    public const ulong Create = 0x100;
    public const ulong Delete = 0x200;
    public const ulong Overflow = 0x4000;
    public const ulong Rename = 0x1000_0000;
    public const ulong OnDirectory = 0x4000_0000;

    private const byte Version = 3;
    private const int MetadataSize = 24;
    private const byte AtName = 2;
    private const byte AtOldName = 10;
    private const byte AtNewName = 12;
    private const int HandleOffset = 12; // Behind type u8, 0, length u16 and the file system's id u64.

    public ulong Mask;
    public int Process;

    /// <summary>The directory's handle, as <see cref="DirectoryHandle"/> gives it; empty: not told.</summary>
    public ReadOnlySpan<byte> Directory;
    public ReadOnlySpan<byte> Name;
    public ReadOnlySpan<byte> NewDirectory;
    public ReadOnlySpan<byte> NewName;

    /// <summary>Takes the next event from what was read; false: there is none, or it is of another version of the interface.</summary>
    public static bool TryTake(ref ReadOnlySpan<byte> events, out HostEvent taken)
    {
        taken = default;
        if (events.Length < MetadataSize || events[4] != Version)
        {
            return false;
        }

        int length = BinaryPrimitives.ReadInt32LittleEndian(events);
        ReadOnlySpan<byte> one = events[..length];
        events = events[length..];
        taken.Mask = BinaryPrimitives.ReadUInt64LittleEndian(one[8..]);
        taken.Process = BinaryPrimitives.ReadInt32LittleEndian(one[20..]);
        for (ReadOnlySpan<byte> rest = one[BinaryPrimitives.ReadUInt16LittleEndian(one[6..])..]; rest.Length > HandleOffset;)
        {
            int size = BinaryPrimitives.ReadUInt16LittleEndian(rest[2..]);
            taken.Take(rest[..size]);
            rest = rest[size..];
        }

        return true;
    }

    private void Take(ReadOnlySpan<byte> record)
    {
        byte type = record[0];
        if (type is not (AtName or AtOldName or AtNewName))
        {
            return;
        }

        ReadOnlySpan<byte> handle = record[HandleOffset..];
        handle = handle[..(DirectoryHandle.HeaderSize + BinaryPrimitives.ReadInt32LittleEndian(handle))];
        ReadOnlySpan<byte> name = record[(HandleOffset + handle.Length)..];
        name = name[..name.IndexOf((byte)0)];
        if (type == AtNewName)
        {
            NewDirectory = handle;
            NewName = name;
        }
        else
        {
            Directory = handle;
            Name = name;
        }
    }
}
