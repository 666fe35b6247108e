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
}
