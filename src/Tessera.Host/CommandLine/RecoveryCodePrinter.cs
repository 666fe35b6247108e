using Tessera.Crypto;

namespace Tessera.Host.CommandLine;

/// <summary>Shows a recovery code, once: on standard output, so that a script can keep it.</summary>
internal static class RecoveryCodePrinter
{
    public static void Print(RecoveryCode code)
    {
        Span<char> text = stackalloc char[RecoveryCode.TextLength];
        code.WriteTo(text);
        Console.Error.WriteLine("Recovery code. It opens the volume when the passphrase is lost, and is never shown again:");
        Console.Error.WriteLine("write it down and keep it away from this machine.");
        Console.Out.WriteLine(text);
        Console.Out.Flush();
        text.Clear();
    }

    /// <summary>Shows its shares instead, a line each.</summary>
    public static void Print(IReadOnlyList<RecoveryShare> shares)
    {
        Span<char> text = stackalloc char[RecoveryShare.TextLength];
        Console.Error.WriteLine($"{shares.Count} shares of the recovery code, never shown again. Any {shares[0].Threshold} of them give it ('tessera key join'), fewer give nothing:");
        Console.Error.WriteLine("hand them out, and keep no two together.");
        foreach (RecoveryShare share in shares)
        {
            share.WriteTo(text);
            Console.Out.WriteLine(text);
        }

        Console.Out.Flush();
        text.Clear();
    }
}
