namespace Tessera.Host.CommandLine;

/// <summary>What a shell expects of a command that a signal ended: 128 and the signal's number.</summary>
internal static class SignalExit
{
    public const int Interrupted = 128 + 2;
}
