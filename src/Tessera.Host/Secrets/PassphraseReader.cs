using System.Diagnostics;
using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Gets a passphrase from a file, a command or the terminal.</summary>
internal static class PassphraseReader
{
    private const string NoTerminal = "A passphrase is needed, and there is no terminal to ask for it on.";
    private const string HowToGive = "Give --passphrase-file FILE or --passphrase-command COMMAND.";

    /// <summary>The passphrase of something that exists.</summary>
    /// <param name="source">Where from.</param>
    /// <param name="question">"Passphrase of ~/vault".</param>
    /// <exception cref="CommandException">There is none to be had: exit 2; an unreadable file or failing command: exit 1.</exception>
    public static SecretInput Read(PassphraseSource source, string question)
    {
        CheckOne(source);
        return source switch
        {
            { File: { } file } => FromFile(file, "passphrase"),
            { Command: { } command } => FromCommand(command),
            _ => FromTerminal(question),
        };
    }

    /// <summary>The PIN of a security key.</summary>
    /// <param name="file">Where it is; null: ask on the terminal.</param>
    /// <param name="question">"PIN of the security key /dev/hidraw3".</param>
    /// <exception cref="CommandException">There is none to be had: exit 2; an unreadable file: exit 1.</exception>
    public static SecretInput ReadPin(string? file, string question) =>
        file is not null ? FromFile(file, "PIN")
        : Terminal.CanAsk ? SecretPrompt.Ask(question)
        : throw new CommandException(ExitCode.Usage, "The security key's PIN is needed, and there is no terminal to ask for it on.", "Give --fido2-pin-file FILE.");

    /// <summary>A new passphrase: asked for twice when it is typed.</summary>
    /// <exception cref="CommandException">As <see cref="Read"/>; or the two differ: exit 2.</exception>
    public static SecretInput ReadNew(PassphraseSource source, string question)
    {
        SecretInput first = Read(source, question);
        if (!source.IsTerminal)
        {
            return first;
        }

        using SecretInput second = FromTerminal("The same again");
        if (System.Security.Cryptography.CryptographicOperations.FixedTimeEquals(first.Bytes, second.Bytes))
        {
            return first;
        }

        first.Dispose();
        throw new CommandException(ExitCode.Usage, "The two passphrases differ.", "Nothing was done. Try again.");
    }

    /// <exception cref="CommandException">It is nothing but a line end: exit 2.</exception>
    public static Passphrase Parse(SecretInput input)
    {
        try
        {
            return Passphrase.FromBytes(input.Bytes);
        }
        catch (ArgumentException fault)
        {
            throw new CommandException(ExitCode.Usage, "The passphrase is empty.", advice: null, fault);
        }
    }

    private static void CheckOne(PassphraseSource source)
    {
        if (source is { File: not null, Command: not null })
        {
            throw new CommandException(ExitCode.Usage, "A passphrase file and a passphrase command were both given.", "Give one of them.");
        }
    }

    private static SecretInput FromFile(string path, string what)
    {
        try
        {
            using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
            return Checked(file, $"The {what} file {path}");
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Fault, $"The {what} file cannot be read: {fault.Message}", advice: null, fault);
        }
    }

    private static SecretInput FromCommand(string command)
    {
        var start = new ProcessStartInfo("/bin/sh") { RedirectStandardOutput = true, UseShellExecute = false };
        start.ArgumentList.Add("-c");
        start.ArgumentList.Add(command);
        using Process shell = Process.Start(start)!;
        SecretInput input = Checked(shell.StandardOutput.BaseStream, "What the passphrase command printed");
        shell.WaitForExit();
        if (shell.ExitCode == 0)
        {
            input.CutAt((byte)'\n');
            return input.Length > 0 ? input : throw Refuse(input, "The first line that the passphrase command printed is empty.");
        }

        input.Dispose();
        throw new CommandException(ExitCode.Fault, $"The passphrase command failed with exit code {shell.ExitCode}.");
    }

    private static SecretInput Checked(Stream stream, string what)
    {
        var input = new SecretInput();
        if (!input.TryReadFrom(stream))
        {
            throw Refuse(input, $"{what} is longer than {SecretInput.MaxBytes / 1024} KiB.");
        }

        return input.Length > 0 ? input : throw Refuse(input, $"{what} is empty.");
    }

    private static SecretInput FromTerminal(string question)
    {
        if (!Terminal.CanAsk)
        {
            throw new CommandException(ExitCode.Usage, NoTerminal, HowToGive);
        }

        SecretInput input = SecretPrompt.Ask(question);
        return input.Length > 0 ? input : throw Refuse(input, "The passphrase is empty.");
    }

    private static CommandException Refuse(SecretInput input, string sentence)
    {
        input.Dispose();
        return new CommandException(ExitCode.Usage, sentence);
    }
}
