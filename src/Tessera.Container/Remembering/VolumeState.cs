using System.Buffers.Binary;
using System.Globalization;
using Tessera.Container.Format;
using Tessera.Container.Sealing;

namespace Tessera.Container.Remembering;

/// <summary>What tells one state of a volume from an earlier one and from another line's (docs/format/memory.md, The note).</summary>
/// <param name="Generation">Of the root.</param>
/// <param name="Sequence">Of the last commit that it holds.</param>
/// <param name="Session">The opening for writing that wrote it.</param>
/// <param name="Salt">Of that session.</param>
/// <param name="Clock">When it was written, nanoseconds since 1970; 0 where it was not noted.</param>
internal sealed record VolumeState(ulong Generation, ulong Sequence, uint Session, byte[] Salt, long Clock)
{
    public const int Size = 32 + SealingKeys.SaltLength;
    private const uint Version = 1;

    /// <summary>As users read it.</summary>
    public string Described => string.Create(CultureInfo.InvariantCulture, $"generation {Generation} of {TimeOf(Clock)}");

    public static string Describe(RootRecord root) => string.Create(CultureInfo.InvariantCulture, $"generation {root.Generation} of {TimeOf(root.VolumeClock)}");

    public void Encode(Span<byte> target)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(target, Version);
        BinaryPrimitives.WriteUInt32LittleEndian(target[4..], Session);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], Generation);
        BinaryPrimitives.WriteUInt64LittleEndian(target[16..], Sequence);
        BinaryPrimitives.WriteInt64LittleEndian(target[24..], Clock);
        Salt.CopyTo(target[32..]);
    }

    /// <summary>Null when it is of a version that this program does not know.</summary>
    public static VolumeState? Decode(ReadOnlySpan<byte> source) => BinaryPrimitives.ReadUInt32LittleEndian(source) != Version
        ? null
        : new VolumeState(
            BinaryPrimitives.ReadUInt64LittleEndian(source[8..]),
            BinaryPrimitives.ReadUInt64LittleEndian(source[16..]),
            BinaryPrimitives.ReadUInt32LittleEndian(source[4..]),
            source.Slice(32, SealingKeys.SaltLength).ToArray(),
            BinaryPrimitives.ReadInt64LittleEndian(source[24..]));

    private static string TimeOf(long clock) => clock <= 0
        ? "an unknown time"
        : (DateTimeOffset.UnixEpoch + TimeSpan.FromMicroseconds(clock / 1000)).ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);
}
