using Tessera.Container.Parity;

namespace Tessera.Container.Media;

/// <summary>The bytes a container lives in: a file, a block device, or a simulated disk.</summary>
/// <remarks>
/// <para>Offsets and lengths are multiples of <see cref="Alignment"/> for <see cref="WriteMode.Direct"/>, of 512 for the other modes. Buffers
/// may lie anywhere; those from <see cref="AlignedBuffer"/> save a copy. Calls may run at once from any thread; overlapping writes must not.</para>
/// <para>What a completed write is worth: it survives the end of this process. It survives a power cut after a later <see cref="Flush"/>
/// completes, or at once with <see cref="WriteMode.Durable"/>. Until then, each of its 512-byte sectors may or may not be on
/// the disk after a cut, in any order with other unflushed writes. A durable write says nothing of other writes.</para>
/// <para>Every failure is a <see cref="MediumException"/>. After a failed flush nothing is known of the writes since the last good one, and
/// the caller must not trust a second flush: it writes from memory to new places, or stops (fsync(2), "fsyncgate").</para>
/// </remarks>
public interface IMedium : IDisposable
{
    /// <summary>Length, bytes; a multiple of 4096.</summary>
    long Length { get; }

    /// <summary>What direct writes and reads must be aligned to, bytes: a power of two up to 4096.</summary>
    int Alignment { get; }

    bool IsReadOnly { get; }

    /// <summary>The equal files it is made of; null when it is one thing. A decorator passes it on.</summary>
    IPartedMedium? Parts => null;

    /// <summary>The stripes its slots lie in; null where there is no parity. A decorator above passes it on.</summary>
    ParityMedium? Parity => null;

    /// <summary>Bytes the host can still give to <see cref="Grow"/>; <see cref="long.MaxValue"/> where that has no meaning.</summary>
    long HostFreeBytes { get; }

    /// <summary>Fills the buffer. Reading beyond <see cref="Length"/> is a <see cref="MediumException"/> of kind <see cref="MediumFault.Truncated"/>.</summary>
    void Read(long offset, Span<byte> buffer);

    /// <summary>Reads pieces of one length that lie apart, one behind the other into the buffer, which they share out evenly: as <see cref="Read"/> of each in turn, and all at once where the
    /// medium can. After a failure nothing is known of what is in the buffer, nor for which of the pieces it was.</summary>
    void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer) => OneByOne.Read(this, offsets, buffer);

    void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode);

    /// <summary>Writes pieces of one length, which follow each other in the data and share it out evenly, to places that lie apart: as <see cref="Write"/> of each, and all at once, in no
    /// order, where the medium can. After a failure nothing is known of which were written.</summary>
    void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode) => OneByOne.Write(this, offsets, data, mode);

    /// <summary>Every write completed before the call survives a power cut when it returns.</summary>
    void Flush();

    /// <summary>Makes the medium longer, with real space behind it; kind <see cref="MediumFault.NoSpace"/> when the host has none, and then nothing changed. New bytes read as anything.</summary>
    void Grow(long length);

    /// <summary>Gives the space of a range back to the host where it can (fallocate(2) PUNCH_HOLE); the range reads as anything afterwards.</summary>
    void Punch(long offset, long length);
}
