using Tessera.Host.CommandLine;

namespace Tessera.Host.Auditing;

/// <summary>The work of "tessera audit" with a file: prints the lines that are asked for.</summary>
internal sealed class AuditQuery(AuditReader reader, AuditPrinter printer)
{
    /// <summary>Prints what there is.</summary>
    /// <returns><see cref="ExitCode.Damaged"/>: lines were none.</returns>
    public ExitCode PrintAll()
    {
        PrintLines();
        if (reader.TryReadRest(out ReadOnlySpan<byte> rest))
        {
            printer.Print(rest, reader.Number);
        }

        return printer.HasDamage ? ExitCode.Damaged : ExitCode.Ok;
    }

    /// <summary>Prints what there is and what comes, until it is told to stop.</summary>
    public async Task<ExitCode> FollowAsync(CancellationToken cancellation)
    {
        while (!cancellation.IsCancellationRequested)
        {
            PrintLines();
            await Console.Out.FlushAsync(CancellationToken.None);
            if (reader.TryFollow())
            {
                continue;
            }

            await Task.Delay(AuditLimits.FollowEvery, cancellation).ConfigureAwait(ConfigureAwaitOptions.SuppressThrowing);
        }

        return printer.HasDamage ? ExitCode.Damaged : ExitCode.Ok;
    }

    private void PrintLines()
    {
        while (reader.TryRead(out ReadOnlySpan<byte> line))
        {
            printer.Print(line, reader.Number);
        }
    }
}
