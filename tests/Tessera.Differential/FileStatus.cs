using System.Buffers.Binary;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tessera.Differential;

/// <summary>What statx(2) tells of a file.</summary>
internal readonly record struct FileStatus
{
    public const uint Directory = 0x4000;
    public const uint Fifo = 0x1000;
    public const uint Regular = 0x8000;
    public const uint Symlink = 0xA000;
    private const uint Basic = 0x7FF;
    private const int Ebadf = 9;

    /// <summary>0: it is there.</summary>
    public int Errno { get; private init; }

    public ulong Inode { get; private init; }

    public uint Mode { get; private init; }

    public uint Links { get; private init; }

    public long Size { get; private init; }

    public FileTime Accessed { get; private init; }

    public FileTime Modified { get; private init; }

    public FileTime Changed { get; private init; }

    public uint Type => Mode & 0xF000;

    private uint Owner { get; init; }

    private uint Group { get; init; }

    private long Device { get; init; }

    public static FileStatus OfDescriptor(int file) => file < 0 ? new FileStatus { Errno = Ebadf } : Of(file, string.Empty, RawCalls.EmptyPath);

    public static FileStatus OfPath(string path, bool follow = false) => Of(RawCalls.CurrentDirectory, path, follow ? 0 : RawCalls.NoFollow);

    /// <summary>Type and mode, links, owner, size of what is no directory, device, modification time: what two file systems can agree on.</summary>
    /// <remarks>Not the time of a FIFO, which no kernel marks on FUSE. Not the blocks: each file system allocates in its own way, and when it likes. Nor the access time: see <see cref="Executor.Step"/>.</remarks>
    public override string ToString() => Errno != 0
        ? $"errno {Errno}"
        : string.Create(CultureInfo.InvariantCulture, $"mode {Mode:x} links {Links} owner {Owner}:{Group} size {(Type == Directory ? 0 : Size)} device {Device}{(Type == Fifo ? string.Empty : $" modified {Modified}")}");

    private static unsafe FileStatus Of(int directory, string path, int flags)
    {
        byte* statx = stackalloc byte[256];
        if (RawCalls.Statx(directory, path, flags, Basic, statx) < 0)
        {
            return new FileStatus { Errno = Marshal.GetLastPInvokeError() };
        }

        var fields = new ReadOnlySpan<byte>(statx, 256);
        return new FileStatus
        {
            Links = BinaryPrimitives.ReadUInt32LittleEndian(fields[16..]),
            Owner = BinaryPrimitives.ReadUInt32LittleEndian(fields[20..]),
            Group = BinaryPrimitives.ReadUInt32LittleEndian(fields[24..]),
            Mode = BinaryPrimitives.ReadUInt16LittleEndian(fields[28..]),
            Inode = BinaryPrimitives.ReadUInt64LittleEndian(fields[32..]),
            Size = BinaryPrimitives.ReadInt64LittleEndian(fields[40..]),
            Accessed = Time(fields[64..]),
            Changed = Time(fields[96..]),
            Modified = Time(fields[112..]),
            Device = BinaryPrimitives.ReadInt64LittleEndian(fields[128..]),
        };
    }

    private static FileTime Time(ReadOnlySpan<byte> field) =>
        new(BinaryPrimitives.ReadInt64LittleEndian(field), BinaryPrimitives.ReadUInt32LittleEndian(field[8..]));
}
