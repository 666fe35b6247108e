using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Sealing;

namespace Tessera.Container.Backup;

/// <summary>Appends chunks to a new backup file. Nothing is ever rewritten; the file counts when its end is there.</summary>
internal sealed class BackupFileWriter : IDisposable
{
    private const int BufferBytes = 1 << 20;

    /// <summary>Most bytes the host may keep unwritten. More would end in one long flush, while nobody hears of progress and every fsync of the volume's
    /// own programs waits behind it.</summary>
    private const long MaxUnflushedBytes = 32L << 20;
    private readonly FileStream file;
    private readonly SealingKeys keys;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly byte[] encoded = new byte[Math.Max(BackupHeader.Size, BackupChunk.Size + BackupSeal.Size)];
    private ulong chunks;
    private long unflushed;

    public BackupFileWriter(FileStream file, BackupHeader header, SealingKeys keys)
    {
        this.file = file;
        this.keys = keys;
        header.Encode(encoded, keys);
        Append(encoded.AsSpan(0, BackupHeader.Size));
    }

    /// <summary>Bytes of slots written so far.</summary>
    public long DataBytes { get; private set; }

    /// <summary>The options with which a file to write is opened: its owner's alone, and one writer's at a time.</summary>
    public static FileStreamOptions Options { get; } = new()
    {
        Mode = FileMode.Create,
        Access = FileAccess.Write,
        Share = FileShare.None,
        BufferSize = BufferBytes,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    };

    /// <summary>Slots that belong at one address, or at two.</summary>
    public void Add(ReadOnlySpan<ulong> addresses, ReadOnlySpan<byte> data)
    {
        AddHeader(BackupChunk.ChunkKind.Data, addresses, data.Length / Geometry.SlotSize, data);
        Append(data);
        DataBytes += data.Length;
    }

    public void AddZeros(ReadOnlySpan<ulong> addresses, int slots) => AddHeader(BackupChunk.ChunkKind.Zeros, addresses, slots, []);

    /// <summary>Writes the end and makes the file durable.</summary>
    public void Finish()
    {
        Span<byte> end = encoded.AsSpan(0, BackupChunk.Size + BackupSeal.Size);
        new BackupChunk(BackupChunk.ChunkKind.End, 0, 0, chunks, (ulong)DataBytes).Encode(end);
        byte[] digest = hash.GetHashAndReset();
        digest.CopyTo(BackupChunk.Hash(end));
        BackupSeal.Write(end[BackupChunk.Size..], digest, keys, BackupSeal.End);
        file.Write(end);
        file.Flush(flushToDisk: true);
    }

    public void Dispose()
    {
        hash.Dispose();
        file.Dispose();
    }

    private void AddHeader(BackupChunk.ChunkKind kind, ReadOnlySpan<ulong> addresses, int slots, ReadOnlySpan<byte> data)
    {
        Span<byte> header = encoded.AsSpan(0, BackupChunk.Size);
        new BackupChunk(kind, addresses.Length, slots, addresses[0], addresses.Length > 1 ? addresses[1] : 0).Encode(header);
        SHA256.HashData(data, BackupChunk.Hash(header));
        Append(header);
        chunks++;
    }

    private void Append(ReadOnlySpan<byte> bytes)
    {
        hash.AppendData(bytes);
        file.Write(bytes);
        unflushed += bytes.Length;
        if (unflushed >= MaxUnflushedBytes)
        {
            file.Flush(flushToDisk: true);
            unflushed = 0;
        }
    }
}
