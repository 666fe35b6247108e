namespace Tessera.Host.CommandLine;

/// <summary>Text of others' choice on a terminal.</summary>
internal static class TerminalText
{
    /// <summary>What a terminal would take for commands is shown as its number.</summary>
    public static string Harmless(string text) => text.Any(char.IsControl)
        ? string.Concat(text.Select(character => char.IsControl(character) ? $"\\x{(int)character:x2}" : character.ToString()))
        : text;
}
