using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Alarms;

/// <summary>How much may be done within a time.</summary>
/// <param name="Units">Names, or bytes.</param>
/// <param name="Window">Within so long.</param>
internal readonly record struct AlarmRate(long Units, TimeSpan Window)
{
    /// <summary>What is never reached.</summary>
    public static readonly AlarmRate Off = new(long.MaxValue, TimeSpan.FromMinutes(1));

    /// <summary>Ten times what builds, checkouts and unpacking of some thousand files delete.</summary>
    public static readonly AlarmRate DefaultDeletes = new(10_000, TimeSpan.FromMinutes(1));

    /// <summary>A few large files, or a working tree read once; not a volume from end to end.</summary>
    public static readonly AlarmRate DefaultReads = new(8L << 30, TimeSpan.FromMinutes(1));

    private const long MaxUnits = 1L << 50;
    private static readonly TimeSpan MaxWindow = TimeSpan.FromDays(1);

    public bool IsOff => Units == long.MaxValue;

    /// <summary>Reads UNITS/TIME, as 5000/1m or 2G/10m, or "off".</summary>
    /// <param name="option">The mount option's name.</param>
    /// <param name="text">Its value.</param>
    /// <exception cref="CommandException">It is none: exit 2.</exception>
    public static AlarmRate Parse(string option, string text)
    {
        if (text == "off")
        {
            return Off;
        }

        int slash = text.IndexOf('/', StringComparison.Ordinal);
        long units = slash > 0 ? ByteSize.Parse(text[..slash]) : 0;
        return units is > 0 and <= MaxUnits
            ? new AlarmRate(units, Duration.Parse(text[(slash + 1)..], MaxWindow))
            : throw new CommandException(ExitCode.Usage, $"The mount option '{option}' takes a rate, such as 5000/1m; '{text}' is none.", "A number, or a size as 2G, within a time of at most a day; or off.");
    }

    public override string ToString() => IsOff ? "off" : string.Create(CultureInfo.InvariantCulture, $"{Units}/{(long)Window.TotalSeconds}s");
}
