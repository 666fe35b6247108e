using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Media.Native;
using Tessera.Container.Sealing;

namespace Tessera.Container.Backup;

/// <summary>Reads a backup file from its beginning to its end; every chunk is whole and within the volume before it is handed out.</summary>
internal sealed class BackupFileReader : IDisposable
{
    private const int BufferBytes = 1 << 20;
    private readonly string path;
    private readonly FileStream file;
    private readonly SealingKeys? keys;
    private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
    private readonly AlignedBuffer data = new(BlockStore.MaxSlots * Geometry.SlotSize);
    private readonly byte[] encoded = new byte[BackupHeader.Size];
    private ulong chunks;
    private ulong dataBytes;

    /// <summary>Opens a file and checks its header.</summary>
    /// <param name="path">The file.</param>
    /// <param name="keys">The volume's; null to check hashes only, which find accidents and no forgery.</param>
    /// <exception cref="BackupException">It is no backup of this key.</exception>
    public BackupFileReader(string path, SealingKeys? keys)
    {
        this.path = path;
        this.keys = keys;
        file = Open(path);
        try
        {
            ReadExactly(encoded);
            Header = BackupHeader.Decode(encoded, path);
            if (keys is not null && !BackupHeader.IsAuthentic(encoded, keys))
            {
                throw new BackupException(BackupFault.WrongKey, $"{path} was not made under this volume's key, or its header was changed.");
            }
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    public BackupHeader Header { get; }

    public BackupChunk Chunk { get; private set; }

    /// <summary>The chunk's slots; lent until the next is read.</summary>
    public ReadOnlySpan<byte> Data => data.Span[..(Chunk.Kind == BackupChunk.ChunkKind.Data ? Chunk.Slots * Geometry.SlotSize : 0)];

    public long Position => file.Position;

    /// <summary>Reads a header without a key: enough to find a file, not to believe it.</summary>
    /// <exception cref="BackupException">It is no backup.</exception>
    public static BackupHeader ReadHeader(string path)
    {
        using FileStream opened = Open(path);
        Span<byte> bytes = stackalloc byte[BackupHeader.Size];
        return opened.ReadAtLeast(bytes, bytes.Length, throwOnEndOfStream: false) == bytes.Length
            ? BackupHeader.Decode(bytes, path)
            : throw CutShort(path);
    }

    /// <summary>Whether the file is as long as its own end says. Cheap: nothing between is read.</summary>
    public static bool HasItsLength(string path)
    {
        const int EndSize = BackupChunk.Size + BackupSeal.Size;
        using FileStream opened = Open(path);
        if (opened.Length < BackupHeader.Size + EndSize)
        {
            return false;
        }

        Span<byte> end = stackalloc byte[BackupChunk.Size];
        opened.Seek(-EndSize, SeekOrigin.End);
        opened.ReadExactly(end);
        BackupChunk chunk = BackupChunk.Decode(end);
        UInt128 expected = BackupHeader.Size + ((UInt128)chunk.AddressA * BackupChunk.Size) + chunk.AddressB + EndSize;
        return chunk.Kind == BackupChunk.ChunkKind.End && expected == (UInt128)opened.Length;
    }

    /// <summary>Lets the host forget what it has cached of the file, so that what is read next comes from the disk.</summary>
    public void DropCache() => _ = Libc.Advise(file.SafeFileHandle, 0, 0, HostFlags.AdviseDontNeed);

    /// <summary>Reads the next chunk; false after the end, which is then known to be the true one.</summary>
    /// <exception cref="BackupException">The file is damaged or cut short.</exception>
    public bool TryReadNext()
    {
        Span<byte> header = encoded.AsSpan(0, BackupChunk.Size);
        ReadExactly(header, hashed: false);
        Chunk = BackupChunk.Decode(header);
        if (Chunk.Kind == BackupChunk.ChunkKind.End)
        {
            CheckEnd(header);
            return false;
        }

        hash.AppendData(header);
        CheckPlaces();
        ReadExactly(data.Span[..Data.Length]);
        Span<byte> digest = stackalloc byte[SHA256.HashSizeInBytes];
        SHA256.HashData(Data, digest);
        if (!digest.SequenceEqual(BackupChunk.Hash(header)))
        {
            throw Damaged($"the slots for address {Chunk.AddressA:x}");
        }

        chunks++;
        dataBytes += (ulong)Data.Length;
        return true;
    }

    public void Dispose()
    {
        hash.Dispose();
        file.Dispose();
    }

    private void CheckPlaces()
    {
        int most = Chunk.Kind == BackupChunk.ChunkKind.Data ? BlockStore.MaxSlots : Geometry.SlotsPerGroup;
        bool sane = Chunk.Kind is BackupChunk.ChunkKind.Data or BackupChunk.ChunkKind.Zeros
            && Chunk.Copies is 1 or Geometry.Copies
            && Chunk.Slots > 0 && Chunk.Slots <= most;
        for (int copy = 0; sane && copy < Chunk.Copies; copy++)
        {
            ulong address = Chunk.Address(copy);
            sane = SlotAddress.IsRun(address, Chunk.Slots, Header.Groups)
                && SlotAddress.Offset(address) + ((long)Chunk.Slots * Geometry.SlotSize) <= Header.VolumeLength;
        }

        if (!sane)
        {
            throw Damaged($"chunk {chunks}");
        }
    }

    private void CheckEnd(Span<byte> header)
    {
        byte[] digest = hash.GetHashAndReset();
        Span<byte> seal = stackalloc byte[BackupSeal.Size];
        if (file.ReadAtLeast(seal, seal.Length, throwOnEndOfStream: false) < seal.Length)
        {
            throw CutShort(path);
        }

        Span<byte> expected = stackalloc byte[BackupChunk.Size];
        new BackupChunk(BackupChunk.ChunkKind.End, 0, 0, chunks, dataBytes).Encode(expected);
        digest.CopyTo(BackupChunk.Hash(expected));
        if (!header.SequenceEqual(expected))
        {
            throw Damaged("the end does not fit what is before it");
        }

        if (keys is not null && !BackupSeal.Opens(seal, digest, keys, BackupSeal.End))
        {
            throw Damaged("the seal at the end does not open");
        }

        if (file.ReadByte() >= 0)
        {
            throw Damaged("bytes follow its end");
        }
    }

    private void ReadExactly(Span<byte> target, bool hashed = true)
    {
        if (file.ReadAtLeast(target, target.Length, throwOnEndOfStream: false) < target.Length)
        {
            throw CutShort(path);
        }

        if (hashed)
        {
            hash.AppendData(target);
        }
    }

    private BackupException Damaged(string where) => new(BackupFault.Damaged, $"{path} is damaged: {where}.");

    private static BackupException CutShort(string path) => new(BackupFault.Damaged, $"{path} is cut short.");

    private static FileStream Open(string path) =>
        new(path, new FileStreamOptions { Mode = FileMode.Open, Access = FileAccess.Read, Share = FileShare.Read, BufferSize = BufferBytes });
}
