using System.Globalization;
using System.Text;

namespace Tessera.Volumes.Checking;

/// <summary>Names as they are shown to people: names may hold any byte but NUL and '/', terminals should not.</summary>
internal static class ShownName
{
    /// <summary>The name as text, control characters as \xNN.</summary>
    public static string Of(ReadOnlySpan<byte> name)
    {
        string text = Encoding.UTF8.GetString(name);
        if (!text.Any(char.IsControl))
        {
            return text;
        }

        StringBuilder shown = new();
        foreach (char letter in text)
        {
            if (char.IsControl(letter))
            {
                shown.Append(CultureInfo.InvariantCulture, $"\\x{(int)letter:x2}");
            }
            else
            {
                shown.Append(letter);
            }
        }

        return shown.ToString();
    }
}
