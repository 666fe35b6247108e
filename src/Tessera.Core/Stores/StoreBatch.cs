using System.Buffers.Binary;

namespace Tessera.Core.Stores;

/// <summary>A change of the store, built up in one reusable buffer: checks, puts, deletes, commutative adds, block claims and releases. Not thread-safe.</summary>
/// <remarks>Within one batch the last put or delete of a key wins; adds apply after puts of the same batch. Reuse with <see cref="Reset"/>.</remarks>
public sealed class StoreBatch
{
    private byte[] buffer = new byte[1024];
    private int used;

    /// <summary>What an operation of a batch is.</summary>
    public enum Kind : byte
    {
        CheckVersion = 1,
        CheckAbsent = 2,
        CheckPrefixEmpty = 3,
        Put = 4,
        Delete = 5,
        Add = 6,
        Max = 7,
        ClaimBlock = 8,
        ReleaseBlock = 9,
        Set = 10,
    }

    /// <summary>Number of operations.</summary>
    public int Count { get; private set; }

    /// <summary>Encoded length, bytes; a commit of more than <see cref="StoreLimits.MaxBatch"/> is refused with an exception.</summary>
    public int Length => used;

    /// <summary>The batch frees space (unlink, truncate): it may draw on the reserve, so that a full volume can always delete.</summary>
    public bool MayUseReserve { get; set; }

    public void Reset()
    {
        used = 0;
        Count = 0;
        MayUseReserve = false;
    }

    /// <summary>The key must be at this version.</summary>
    public void CheckVersion(ReadOnlySpan<byte> key, ulong version) => Append(Kind.CheckVersion, key, default, version, 0);

    public void CheckAbsent(ReadOnlySpan<byte> key) => Append(Kind.CheckAbsent, key, default, 0, 0);

    public void CheckPrefixEmpty(ReadOnlySpan<byte> prefix) => Append(Kind.CheckPrefixEmpty, prefix, default, 0, 0);

    public void Put(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value) => Append(Kind.Put, key, value, 0, 0);

    public void Delete(ReadOnlySpan<byte> key) => Append(Kind.Delete, key, default, 0, 0);

    /// <summary>Adds <paramref name="delta"/> to the little-endian 64-bit integer at <paramref name="offset"/> of the key's value. The key must exist when the batch is applied, else the commit fails its check.</summary>
    public void Add(ReadOnlySpan<byte> key, int offset, long delta) => Append(Kind.Add, key, default, (ulong)delta, offset);

    /// <summary>Raises the little-endian signed 64-bit integer at <paramref name="offset"/> to <paramref name="value"/> if it is lower; as <see cref="Add"/> otherwise.</summary>
    public void Max(ReadOnlySpan<byte> key, int offset, long value) => Append(Kind.Max, key, default, (ulong)value, offset);

    /// <summary>Makes the little-endian 64-bit integer at <paramref name="offset"/> <paramref name="value"/>, whatever it was; as <see cref="Add"/> otherwise.</summary>
    public void Set(ReadOnlySpan<byte> key, int offset, long value) => Append(Kind.Set, key, default, (ulong)value, offset);

    /// <summary>The block now belongs to the volume.</summary>
    public void ClaimBlock(BlockReference block) => AppendBlock(Kind.ClaimBlock, block);

    /// <summary>The block belongs to nobody any more; its space comes back once no kept root needs it.</summary>
    public void ReleaseBlock(BlockReference block) => AppendBlock(Kind.ReleaseBlock, block);

    public Enumerator GetEnumerator() => new(this);

    private void AppendBlock(Kind kind, BlockReference block)
    {
        Span<byte> encoded = stackalloc byte[BlockReference.Size];
        block.Encode(encoded);
        Append(kind, default, encoded, 0, 0);
    }

    private void Append(Kind kind, ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, ulong number, int offset)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(key.Length, StoreLimits.MaxKey, nameof(key));
        ArgumentOutOfRangeException.ThrowIfGreaterThan(value.Length, StoreLimits.MaxValue, nameof(value));
        int needed = used + Operation.HeaderLength + key.Length + value.Length;
        if (needed > buffer.Length)
        {
            Array.Resize(ref buffer, Math.Max(needed, buffer.Length * 2));
        }

        Span<byte> target = buffer.AsSpan(used);
        target[0] = (byte)kind;
        BinaryPrimitives.WriteUInt16LittleEndian(target[1..], (ushort)key.Length);
        BinaryPrimitives.WriteUInt16LittleEndian(target[3..], (ushort)value.Length);
        BinaryPrimitives.WriteInt32LittleEndian(target[5..], offset);
        BinaryPrimitives.WriteUInt64LittleEndian(target[9..], number);
        key.CopyTo(target[Operation.HeaderLength..]);
        value.CopyTo(target[(Operation.HeaderLength + key.Length)..]);
        used = needed;
        Count++;
    }

    /// <summary>One operation, lent until the batch is changed.</summary>
    public readonly ref struct Operation
    {
        internal const int HeaderLength = 17;
        private readonly ReadOnlySpan<byte> bytes;

        internal Operation(ReadOnlySpan<byte> bytes) => this.bytes = bytes;

        public Kind Kind => (Kind)bytes[0];

        public ReadOnlySpan<byte> Key => bytes.Slice(HeaderLength, KeyLength);

        public ReadOnlySpan<byte> Value => bytes.Slice(HeaderLength + KeyLength, ValueLength);

        /// <summary>It changes one integer within the key's value: an add, max or set.</summary>
        public bool ChangesField => Kind is Kind.Add or Kind.Max or Kind.Set;

        /// <summary>The integer that it makes of one that was there, where <see cref="ChangesField"/>.</summary>
        public long ChangeField(long value) => Kind switch
        {
            Kind.Add => unchecked(value + (long)Number),
            Kind.Max => Math.Max(value, (long)Number),
            _ => (long)Number,
        };

        /// <summary>Offset of the integer of an add, max or set within the value.</summary>
        public int Offset => BinaryPrimitives.ReadInt32LittleEndian(bytes[5..]);

        /// <summary>The version of a check, the delta of an add, the bound of a max, the integer of a set.</summary>
        public ulong Number => BinaryPrimitives.ReadUInt64LittleEndian(bytes[9..]);

        public BlockReference Block => BlockReference.Decode(Value);

        internal int Length => HeaderLength + KeyLength + ValueLength;

        private int KeyLength => BinaryPrimitives.ReadUInt16LittleEndian(bytes[1..]);

        private int ValueLength => BinaryPrimitives.ReadUInt16LittleEndian(bytes[3..]);
    }

    /// <summary>Walks the operations in the order they were added.</summary>
    public ref struct Enumerator(StoreBatch batch)
    {
        private readonly StoreBatch batch = batch;
        private int at = -1;
        private int next;

        public readonly Operation Current => new(batch.buffer.AsSpan(at, batch.used - at));

        public bool MoveNext()
        {
            if (next >= batch.used)
            {
                return false;
            }

            at = next;
            next += new Operation(batch.buffer.AsSpan(at, batch.used - at)).Length;
            return true;
        }
    }
}
