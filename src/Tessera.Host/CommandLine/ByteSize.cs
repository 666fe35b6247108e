using System.Globalization;

namespace Tessera.Host.CommandLine;

/// <summary>Sizes as people write them: 300M, 10G, 1.5T; powers of 1024.</summary>
internal static class ByteSize
{
    private const string Units = "BKMGTPE";

    /// <exception cref="CommandException">Not a size: exit 2.</exception>
    public static long Parse(string text) => TryParse(text, out long bytes)
        ? bytes
        : throw new CommandException(ExitCode.Usage, $"'{text}' is not a size.", "Sizes are written as 300M, 10G or 1T.");

    public static bool TryParse(string text, out long bytes)
    {
        bytes = 0;
        ReadOnlySpan<char> number = text.AsSpan().Trim();
        number = TrimEnd(number, "iB");
        number = TrimEnd(number, "B");
        int power = number.IsEmpty ? -1 : Units.IndexOf(char.ToUpperInvariant(number[^1]), StringComparison.Ordinal);
        if (power > 0)
        {
            number = number[..^1];
        }

        if (!decimal.TryParse(number, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out decimal value))
        {
            return false;
        }

        decimal scaled = value;
        for (int i = 0; i < power; i++)
        {
            if (scaled > long.MaxValue / 1024)
            {
                return false;
            }

            scaled *= 1024;
        }

        if (scaled > long.MaxValue)
        {
            return false;
        }

        bytes = (long)scaled;
        return true;
    }

    /// <summary>Three significant digits: "1.46 MiB".</summary>
    public static string Format(ulong bytes)
    {
        double value = bytes;
        int unit = 0;
        while (value >= 1024 && unit < Units.Length - 1)
        {
            value /= 1024;
            unit++;
        }

        string digits = value.ToString(unit == 0 || value >= 100 ? "0" : value >= 10 ? "0.0" : "0.00", CultureInfo.InvariantCulture);
        return unit == 0 ? $"{digits} B" : $"{digits} {Units[unit]}iB";
    }

    private static ReadOnlySpan<char> TrimEnd(ReadOnlySpan<char> text, string suffix) =>
        text.EndsWith(suffix, StringComparison.Ordinal) ? text[..^suffix.Length] : text;
}
