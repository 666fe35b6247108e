using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Limiting;

/// <summary>How much may be asked for in a second, by a session or by all with one token; null: as much as it can.</summary>
/// <param name="Operations">Requests of each class, by <see cref="RequestClass"/>.</param>
/// <param name="Bytes">Bytes read, and as many written.</param>
internal sealed record RateLimits(IReadOnlyList<long?> Operations, long? Bytes)
{
    private const long MaxRate = 1L << 40;
    private static readonly string[] Names = ["metadata", "read", "write"];

    public static RateLimits None { get; } = new([null, null, null], Bytes: null);

    public bool IsNone => Bytes is null && Operations.All(rate => rate is null);

    /// <param name="operations">"500", for each class, or "metadata=1000,read=200"; null: no limit.</param>
    /// <param name="bytes">"20M"; null: no limit.</param>
    /// <exception cref="CommandException">They are not that.</exception>
    public static RateLimits Parse(string? operations, string? bytes) =>
        new(operations is null ? None.Operations : ParseOperations(operations), bytes is null ? null : Check("--limit-bytes", ByteSize.Parse(WithoutUnit(bytes))));

    private static long?[] ParseOperations(string text)
    {
        if (!text.Contains('=', StringComparison.Ordinal))
        {
            long rate = ParseRate(text);
            return [rate, rate, rate];
        }

        var rates = new long?[Names.Length];
        foreach (string part in text.Split(','))
        {
            string[] pair = part.Split('=');
            int at = pair.Length == 2 ? Array.IndexOf(Names, pair[0].Trim()) : -1;
            if (at < 0 || rates[at] is not null)
            {
                throw new CommandException(ExitCode.Usage, $"--limit-ops: '{part}' is not a limit.", "Write 500, or metadata=1000,read=200,write=100.");
            }

            rates[at] = ParseRate(pair[1]);
        }

        return rates;
    }

    private static long ParseRate(string text) => long.TryParse(WithoutUnit(text), NumberStyles.None, CultureInfo.InvariantCulture, out long rate)
        ? Check("--limit-ops", rate)
        : throw new CommandException(ExitCode.Usage, $"--limit-ops: '{text}' is not a number of operations in a second.", "Write 500, or metadata=1000,read=200,write=100.");

    private static long Check(string option, long rate) => rate is > 0 and <= MaxRate
        ? rate
        : throw new CommandException(ExitCode.Usage, $"{option} takes a number from 1 to {MaxRate}.");

    /// <summary>"500/s" is 500.</summary>
    private static string WithoutUnit(string text) => text.Trim() is var trimmed && trimmed.EndsWith("/s", StringComparison.Ordinal) ? trimmed[..^2] : trimmed;
}
