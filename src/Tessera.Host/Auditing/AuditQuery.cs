using System.Globalization;
using System.Text;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Auditing;

/// <summary>The work of "tessera audit": prints the lines that are asked for.</summary>
internal sealed class AuditQuery(AuditReader reader, AuditFilter filter, bool json)
{
    private bool hasDamage;

    /// <summary>Prints what there is.</summary>
    /// <returns><see cref="ExitCode.Damaged"/>: lines were none.</returns>
    public ExitCode PrintAll()
    {
        PrintLines();
        if (reader.TryReadRest(out ReadOnlySpan<byte> rest))
        {
            Print(rest);
        }

        return hasDamage ? ExitCode.Damaged : ExitCode.Ok;
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

        return hasDamage ? ExitCode.Damaged : ExitCode.Ok;
    }

    private void PrintLines()
    {
        while (reader.TryRead(out ReadOnlySpan<byte> line))
        {
            Print(line);
        }
    }

    private void Print(ReadOnlySpan<byte> text)
    {
        if (AuditLine.Parse(text) is not { } line)
        {
            hasDamage = true;
            Console.Out.Flush();
            Console.Error.WriteLine($"tessera: line {reader.Number} is damaged.");
        }
        else if (filter.Takes(line))
        {
            Console.Out.WriteLine(json ? Encoding.UTF8.GetString(text) : Describe(line));
        }
    }

    /// <summary>For people: time, workspace, user, operation, its paths, what came of it.</summary>
    private static string Describe(AuditLine line)
    {
        var text = new StringBuilder(256);
        text.Append(CultureInfo.InvariantCulture, $"{line.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}  {Harmless(line.Workspace ?? "-")}  ");
        text.Append(CultureInfo.InvariantCulture, $"{(line.Uid is { } uid ? $"uid {uid}" : Harmless(line.Client ?? "-"))}  {Harmless(line.Operation)}");
        text.Append(line.Path is { } path ? $"  {Harmless(path)}" : line.Pid is null ? "" : "  (path not known)");
        text.Append(line.NewPath is { } other ? $" -> {Harmless(other)}" : "");
        text.Append(line.Detail is { } detail ? $"  ({Harmless(detail)})" : "");
        text.Append(line.Errno is > 0 and var errno ? $"  {Libc.Describe((int)errno)}" : "");
        return text.ToString();
    }

    /// <summary>Names are others' choice.</summary>
    private static string Harmless(string text) => TerminalText.Harmless(text);
}
