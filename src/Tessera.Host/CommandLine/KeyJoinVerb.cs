using System.CommandLine;
using Tessera.Crypto;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key join: shares of a recovery code give the code.</summary>
internal static class KeyJoinVerb
{
    public static Command Create()
    {
        var command = new Command("join", "Put shares of a recovery code together: asks for as many as are needed, or reads them from standard input, one a line. Prints the code.");
        command.SetAction(_ =>
        {
            using var shares = new ShareSet();
            if (Terminal.CanAsk)
            {
                Ask(shares);
            }
            else
            {
                Read(shares);
            }

            using RecoveryCode code = shares.Join();
            RecoveryCodePrinter.Print(code);
            return (int)ExitCode.Ok;
        });
        return command;
    }

    /// <summary>What is mistyped is asked for again; nothing at all ends it.</summary>
    private static void Ask(ShareSet shares)
    {
        while (!shares.IsComplete)
        {
            using SecretInput typed = SecretPrompt.Ask(shares.NextQuestion);
            if (typed.Length == 0)
            {
                throw new CommandException(ExitCode.Usage, "Nothing was typed.", shares.Missing);
            }

            if (shares.TryAdd(typed.Bytes) is { } problem)
            {
                Console.Error.WriteLine(problem);
            }
        }
    }

    private static void Read(ShareSet shares)
    {
        using var input = new SecretInput();
        using Stream stream = Console.OpenStandardInput();
        if (!input.TryReadFrom(stream))
        {
            throw new CommandException(ExitCode.Usage, $"Standard input is longer than {SecretInput.MaxBytes / 1024} KiB.");
        }

        int line = 0;
        foreach (Range range in input.Bytes.Split((byte)'\n'))
        {
            line++;
            if (!input.Bytes[range].Trim(" \t\r"u8).IsEmpty && !shares.IsComplete && shares.TryAdd(input.Bytes[range]) is { } problem)
            {
                throw new CommandException(ExitCode.Usage, $"Line {line}: {problem}");
            }
        }
    }
}
