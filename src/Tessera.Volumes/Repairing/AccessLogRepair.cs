using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Volumes.Accesses;

namespace Tessera.Volumes.Repairing;

/// <summary>Cuts an access log whose chain is broken down to the longest part in which it is whole (of two, the newer), so that it can be gone on with.</summary>
/// <remarks>What is cut off may be what somebody did not want to be seen: it is told of, and a check without a repair leaves it where it is.</remarks>
internal sealed class AccessLogRepair
{
    private readonly RepairState state;
    private readonly SegmentAssembler assembler;
    private List<Kept> longest = [];
    private List<Kept> part = [];
    private AccessLogHead? head;
    private int strays;

    public AccessLogRepair(RepairState state)
    {
        this.state = state;
        assembler = new SegmentAssembler(Judge);
    }

    public async ValueTask RunAsync()
    {
        bool isThere = false;
        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync([(byte)KeyTag.AccessLog]))
        {
            isThere = true;
            if (key.Length == 1)
            {
                head = TryDecode(value);
            }
            else if (!assembler.Add(key, value))
            {
                strays++; // Removed with all that is not kept.
            }
        }

        assembler.Finish();
        EndPart();
        AccessLogHead? mended = Mended();
        if (!isThere || (strays == 0 && mended is not null && head is not null && IsSame(mended, head)))
        {
            return;
        }

        await WriteAsync(mended);
        string left = mended is null ? "nothing of it is left" : $"it has the records {mended.FirstRecord} to {mended.NextRecord - 1} now, and whether they are as they were written is not known";
        state.Journal.Lose(new VolumeLoss("access-log-cut", 0, Path: null, $"The chain of the access log was broken: {left}. No file is affected."));
    }

    private static bool IsSame(AccessLogHead one, AccessLogHead other)
    {
        byte[] left = new byte[AccessLogHead.Size], right = new byte[AccessLogHead.Size];
        (one with { IsOpen = other.IsOpen }).Encode(left);
        other.Encode(right);
        return left.AsSpan().SequenceEqual(right);
    }

    private static AccessLogHead? TryDecode(byte[] value)
    {
        try
        {
            return AccessLogHead.Decode(value);
        }
        catch (StoreDamageException)
        {
            return null;
        }
    }

    /// <summary>A segment goes on with those before it, or begins anew; one that cannot be read ends what was before it.</summary>
    private void Judge(ulong number, ReadOnlySpan<byte> segment)
    {
        if (AccessLogSegment.TryDecode(segment) is not { } header || header.Length != segment.Length || header.Number != number)
        {
            strays++;
            EndPart();
            return;
        }

        var kept = new Kept(header, SHA256.HashData(segment), AccessLogSegment.BeforeOf(segment).ToArray());
        if (part.Count > 0 && !part[^1].IsBefore(kept))
        {
            EndPart();
        }

        part.Add(kept);
    }

    private void EndPart()
    {
        if (part.Count > 0 && part.Count >= longest.Count)
        {
            longest = part;
        }

        part = [];
    }

    /// <summary>Of what is left; null: nothing is.</summary>
    private AccessLogHead? Mended() => longest.Count == 0 ? null : new AccessLogHead
    {
        IsOpen = true, // Whoever goes on with it says that records may be missing.
        First = longest[0].Header.Number,
        Next = longest[^1].Header.Number + 1,
        FirstRecord = longest[0].Header.FirstRecord,
        NextRecord = longest[^1].Header.FirstRecord + (ulong)longest[^1].Header.Records,
        Bytes = longest.Sum(kept => kept.Header.Charge),
        Epoch = head?.Epoch ?? 0,
        Before = longest[0].Before,
        Last = longest[^1].Hash,
    };

    private async ValueTask WriteAsync(AccessLogHead? mended)
    {
        await foreach ((byte[] key, _) in state.Walk.OfAsync([(byte)KeyTag.AccessLog]))
        {
            ulong? number = key.Length == VolumeKeys.AccessLogChunkLength ? BinaryPrimitives.ReadUInt64BigEndian(key.AsSpan(1)) : null;
            bool isKept = mended is not null && number >= mended.First && number < mended.Next;
            if (!isKept)
            {
                state.Journal.Delete(key);
            }
        }

        if (mended is not null)
        {
            byte[] value = new byte[AccessLogHead.Size];
            mended.Encode(value);
            state.Journal.Put([(byte)KeyTag.AccessLog], value);
        }

        await state.Journal.CommitAsync();
    }

    /// <summary>A whole segment.</summary>
    private sealed record Kept(AccessLogSegment Header, byte[] Hash, byte[] Before)
    {
        public bool IsBefore(Kept next) => next.Header.Number == Header.Number + 1
            && next.Header.FirstRecord == Header.FirstRecord + (ulong)Header.Records
            && next.Before.AsSpan().SequenceEqual(Hash);
    }
}
