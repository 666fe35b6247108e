using System.Globalization;
using System.Text;

namespace Tessera.Fuzz.Tests.Engine;

/// <summary>Inputs as text: hexadecimal, and <c>00*4096;</c> for 4,096 times the byte 00, since large inputs are mostly that.</summary>
public static class HexCase
{
    /// <summary>Shorter runs are written out.</summary>
    private const int ShortestRun = 16;

    public static string Format(ReadOnlySpan<byte> input)
    {
        var text = new StringBuilder();
        while (!input.IsEmpty)
        {
            int run = input.IndexOfAnyExcept(input[0]);
            run = run < 0 ? input.Length : run;
            if (run >= ShortestRun)
            {
                text.Append(CultureInfo.InvariantCulture, $"{input[0]:x2}*{run};");
                input = input[run..];
            }
            else
            {
                text.Append(CultureInfo.InvariantCulture, $"{input[0]:x2}");
                input = input[1..];
            }
        }

        return text.Length == 0 ? "-" : text.ToString();
    }

    public static byte[] Parse(string text)
    {
        var bytes = new List<byte>();
        for (int at = 0; at < text.Length && text != "-";)
        {
            byte value = byte.Parse(text.AsSpan(at, 2), NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            at += 2;
            int times = 1;
            if (at < text.Length && text[at] == '*')
            {
                int end = text.IndexOf(';', at);
                times = int.Parse(text.AsSpan((at + 1)..end), CultureInfo.InvariantCulture);
                at = end + 1;
            }

            bytes.AddRange(Enumerable.Repeat(value, times));
        }

        return [.. bytes];
    }
}
