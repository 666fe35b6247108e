using System.Globalization;
using System.Text;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Auditing;

/// <summary>Prints the records that are asked for.</summary>
internal sealed class AuditPrinter(AuditFilter filter, bool json)
{
    /// <summary>Something was no record.</summary>
    public bool HasDamage { get; private set; }

    /// <param name="text">A line, with or without its end.</param>
    /// <param name="number">Which, for who wants to look there.</param>
    public void Print(ReadOnlySpan<byte> text, long number)
    {
        if (AuditLine.Parse(text) is not { } line)
        {
            Damaged(string.Create(CultureInfo.InvariantCulture, $"line {number} is damaged"));
        }
        else if (filter.Takes(line))
        {
            Console.Out.WriteLine(json ? Encoding.UTF8.GetString(text.TrimEnd((byte)'\n')) : Describe(line));
        }
    }

    /// <summary>Says what is wrong, in its place among the lines.</summary>
    public void Damaged(string what)
    {
        HasDamage = true;
        Say(what);
    }

    /// <summary>Says something on standard error, in its place among the lines.</summary>
    public static void Say(string what)
    {
        Console.Out.Flush();
        Console.Error.WriteLine($"tessera: {what}.");
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
