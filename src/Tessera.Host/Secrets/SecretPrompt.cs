using System.Text;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Asks on the terminal without showing what is typed, not even how much.</summary>
internal static class SecretPrompt
{
    private const char EndOfTransmission = '\u0004';
    private const char KillLine = '\u0015';

    public static SecretInput Ask(string question)
    {
        _ = Console.KeyAvailable; // From here on the terminal shows nothing: who is asked may type at once.
        Console.Error.Write($"{question}: ");
        var input = new SecretInput();
        char high = '\0';
        while (true)
        {
            ConsoleKeyInfo key = Console.ReadKey(intercept: true);
            if (key.Key == ConsoleKey.Enter || key.KeyChar == EndOfTransmission)
            {
                Console.Error.WriteLine();
                return input;
            }

            if (key.Key == ConsoleKey.Backspace)
            {
                input.RemoveLastCharacter();
            }
            else if (key.KeyChar == KillLine)
            {
                input.Clear();
            }
            else if (char.IsHighSurrogate(key.KeyChar))
            {
                high = key.KeyChar;
            }
            else if (!char.IsControl(key.KeyChar))
            {
                Append(input, char.IsLowSurrogate(key.KeyChar) && high != '\0' ? new Rune(high, key.KeyChar) : RuneOf(key.KeyChar));
                high = '\0';
            }
        }
    }

    private static Rune RuneOf(char character) => Rune.TryCreate(character, out Rune rune) ? rune : Rune.ReplacementChar;

    private static void Append(SecretInput input, Rune rune)
    {
        Span<byte> encoded = stackalloc byte[4];
        int length = rune.EncodeToUtf8(encoded);
        if (!input.TryAppend(encoded[..length]))
        {
            input.Dispose();
            throw new CommandException(ExitCode.Usage, $"The passphrase is longer than {SecretInput.MaxBytes / 1024} KiB.");
        }

        encoded.Clear();
    }
}
