using System.Globalization;

namespace Tessera.Host.CommandLine;

/// <summary>Times as people write them: 90s, 10m, 2h, 1d; a number alone is seconds.</summary>
internal static class Duration
{
    public static readonly TimeSpan Least = TimeSpan.FromSeconds(1);
    public static readonly TimeSpan Most = TimeSpan.FromDays(30);

    /// <exception cref="CommandException">Not a time, or beyond the limits: exit 2.</exception>
    public static TimeSpan Parse(string text) => Parse(text, Most);

    /// <param name="text">A number and its unit.</param>
    /// <param name="most">The longest that makes sense.</param>
    /// <exception cref="CommandException">Not a time, or beyond the limits: exit 2.</exception>
    public static TimeSpan Parse(string text, TimeSpan most)
    {
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        int unit = number.IsEmpty ? 0 : number[^1] switch
        {
            's' => 1,
            'm' => 60,
            'h' => 3600,
            'd' => 86_400,
            _ => 0,
        };
        number = unit == 0 ? number : number[..^1];
        if (uint.TryParse(number, NumberStyles.None, CultureInfo.InvariantCulture, out uint count))
        {
            TimeSpan time = TimeSpan.FromSeconds((double)count * Math.Max(unit, 1));
            if (time >= Least && time <= most)
            {
                return time;
            }
        }

        throw new CommandException(ExitCode.Usage, $"'{text}' is not a time from 1 second to {most.TotalDays:0} days.", "Times are written as 90s, 10m, 2h or 1d.");
    }
}
