using System.Globalization;
using Tessera.Host.CommandLine;
using Tessera.Volumes.Accesses;

namespace Tessera.Host.Auditing;

/// <summary>The work of "tessera audit" with a volume: prints the records that are asked for, and follows the chain from the first to the last, whichever are.</summary>
/// <param name="read">Gives a page of the log, from a segment on.</param>
/// <param name="printer">Prints.</param>
/// <param name="noted">What was noted elsewhere; null: nothing.</param>
internal sealed class AccessLogQuery(Func<ulong, Task<AccessLogPage>> read, AuditPrinter printer, NotedRecord? noted)
{
    private AccessLogHead end = AccessLogHead.Empty;
    private AccessLogVerifier verifier = new(AccessLogHead.Empty);

    /// <returns><see cref="ExitCode.Damaged"/>: the chain is broken, or is not the one noted.</returns>
    /// <exception cref="Core.Stores.StoreDamageException">The log's head makes no sense, or keys cannot be read.</exception>
    public async Task<ExitCode> RunAsync()
    {
        AccessLogPage page = await read(0);
        if (page.Head is null && page.Segments.Count == 0)
        {
            return ReportNone();
        }

        if (page.Head is null)
        {
            printer.Damaged("the access log has no head: all of it may be another's");
        }

        end = page.Head is null ? AccessLogHead.Empty : AccessLogHead.Decode(page.Head);
        verifier = new AccessLogVerifier(end) { Noted = noted is null ? null : (noted.Number, noted.Hash) };
        while (Take(page) && page.Next is { } next)
        {
            page = await read(next);
        }

        if (page.Head is not null && verifier.Finish() is { } problem)
        {
            Break(problem);
        }

        Conclude();
        return printer.HasDamage ? ExitCode.Damaged : ExitCode.Ok;
    }

    private ExitCode ReportNone()
    {
        AuditPrinter.Say("this volume has no access log. Mount it with '-o audit' to begin one");
        if (noted is not null)
        {
            printer.Damaged(string.Create(CultureInfo.InvariantCulture, $"record {noted.Number}, whose hash was noted, is not there"));
        }

        return printer.HasDamage ? ExitCode.Damaged : ExitCode.Ok;
    }

    /// <returns>False: what comes now was written after this began.</returns>
    private bool Take(AccessLogPage page)
    {
        if (page.Head is not null && verifier.PassTo(AccessLogHead.Decode(page.Head)))
        {
            AuditPrinter.Say("records that were the oldest were dropped while this read them");
        }

        foreach (AccessLogPiece piece in page.Segments)
        {
            if (page.Head is not null && piece.Number >= end.Next && AccessLogHead.Decode(page.Head).Next > end.Next)
            {
                return false;
            }

            string? problem = verifier.Check(piece.Number, piece.Bytes, out ReadOnlySpan<byte> lines);
            if (problem is not null)
            {
                Break(problem);
            }

            Print(lines, (long)verifier.NextRecord - lines.Count((byte)'\n'));
        }

        return true;
    }

    private void Print(ReadOnlySpan<byte> lines, long number)
    {
        while (!lines.IsEmpty)
        {
            int length = lines.IndexOf((byte)'\n') + 1;
            length = length == 0 ? lines.Length : length;
            printer.Print(lines[..length], number++);
            lines = lines[length..];
        }
    }

    private void Break(string problem) => printer.Damaged($"the chain is broken: {problem}");

    private void Conclude()
    {
        string whole = printer.HasDamage ? "it is NOT what was written" : noted is null ? "the chain is whole" : "the chain is whole, and goes on from the one noted";
        string place = string.Create(CultureInfo.InvariantCulture, $"{end.NextRecord - 1}:{Convert.ToHexStringLower(end.Last.Span)}");
        AuditPrinter.Say(string.Create(CultureInfo.InvariantCulture, $"{verifier.Records} records, up to {place}; {whole}"));
    }
}
