using System.Security.Cryptography;

namespace Tessera.Volumes.Accesses;

/// <summary>Follows the chain of an access log from its oldest segment to its head, and says where it is broken.</summary>
/// <remarks>What is told of a break is what the rest of the log contradicts. Whoever has the key and writes every segment from there on anew, and the head, contradicts nothing:
/// that shows only against a head noted elsewhere (<see cref="Noted"/>).</remarks>
/// <param name="head">Of the log.</param>
public sealed class AccessLogVerifier(AccessLogHead head)
{
    private readonly byte[] before = head.Before.ToArray();
    private bool isBeforeKnown = true;
    private ulong next = head.First;

    /// <summary>Records seen so far.</summary>
    public ulong Records { get; private set; }

    /// <summary>Number of the record that comes next.</summary>
    public ulong NextRecord { get; private set; } = head.FirstRecord;

    /// <summary>The last record that was noted elsewhere, and the hash of the segment that it ended; null: none was.</summary>
    public (ulong Record, ReadOnlyMemory<byte> Hash)? Noted { get; init; }

    /// <summary>The noted record was the last of a segment that was seen, and its hash is the one noted.</summary>
    public bool IsNotedFound { get; private set; }

    /// <summary>Looks at the next segment that there is, in ascending order.</summary>
    /// <param name="number">By its key.</param>
    /// <param name="segment">All of it.</param>
    /// <param name="lines">Its records, each with its line end: also where the chain is broken; empty where it cannot be read.</param>
    /// <returns>What is wrong; null: nothing.</returns>
    public string? Check(ulong number, ReadOnlySpan<byte> segment, out ReadOnlySpan<byte> lines)
    {
        string? missing = number > next ? $"segments {next} to {number - 1}, with the records from {NextRecord} on, are missing" : null;
        AccessLogSegment? decoded = AccessLogSegment.TryDecode(segment);
        if (decoded is not { } header || header.Length != segment.Length)
        {
            lines = default;
            (next, isBeforeKnown) = (number + 1, false);
            return missing ?? $"segment {number}, with the records from {NextRecord} on, cannot be read";
        }

        lines = AccessLogSegment.LinesOf(segment);
        string? problem = missing ?? Judge(number, segment, header);
        SHA256.HashData(segment, before);
        isBeforeKnown = true;
        next = number + 1;
        NextRecord = header.FirstRecord + (ulong)header.Records;
        Records += (ulong)header.Records;
        IsNotedFound |= Noted is { } noted && noted.Record == NextRecord - 1 && noted.Hash.Span.SequenceEqual(before);
        return problem;
    }

    /// <summary>Goes on where the log begins by now: whoever writes it has dropped what would have come next.</summary>
    /// <returns>Whether anything was passed over.</returns>
    public bool PassTo(AccessLogHead now)
    {
        if (now.First <= next)
        {
            return false;
        }

        now.Before.Span.CopyTo(before);
        (next, NextRecord, isBeforeKnown) = (now.First, now.FirstRecord, true);
        return true;
    }

    /// <summary>All segments were looked at.</summary>
    /// <returns>What is wrong; null: nothing.</returns>
    public string? Finish()
    {
        if (next != head.Next || (isBeforeKnown && NextRecord != head.NextRecord))
        {
            return $"the last records, from {NextRecord} on, are missing, or there are some that the log's head does not know";
        }

        if (isBeforeKnown && head.Next > 0 && !head.Last.Span.SequenceEqual(before))
        {
            return $"the last records, up to {NextRecord - 1}, were changed";
        }

        return Noted is { } noted && !IsNotedFound ? DescribeNoted(noted.Record) : null;
    }

    private string? Judge(ulong number, ReadOnlySpan<byte> segment, in AccessLogSegment header)
    {
        ulong last = header.FirstRecord + (ulong)header.Records - 1;
        if (header.Number != number)
        {
            return $"the records {header.FirstRecord} to {last} are not in their place";
        }

        if (isBeforeKnown && (!AccessLogSegment.BeforeOf(segment).SequenceEqual(before) || header.FirstRecord != NextRecord))
        {
            return $"what comes before record {header.FirstRecord} was changed or is not what was there";
        }

        ReadOnlySpan<byte> lines = AccessLogSegment.LinesOf(segment);
        return lines[^1] != (byte)'\n' || lines.Count((byte)'\n') != header.Records ? $"the records {header.FirstRecord} to {last} were changed" : null;
    }

    private string DescribeNoted(ulong record) => record < head.FirstRecord
        ? $"record {record}, whose hash was noted, is older than what is kept, which begins with {head.FirstRecord}: nothing can be said of it"
        : $"up to record {record} the log is not the one whose hash was noted";
}
