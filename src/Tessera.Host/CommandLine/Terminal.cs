using Tessera.Host.Native;

namespace Tessera.Host.CommandLine;

/// <summary>Whether somebody is there to answer. Without a terminal nothing ever prompts.</summary>
internal static class Terminal
{
    private const int StandardInput = 0;
    private const int StandardError = 2;

    /// <summary>A question can be shown and answered: standard input and standard error are terminals.</summary>
    public static bool CanAsk => Libc.IsTerminal(StandardInput) == 1 && Libc.IsTerminal(StandardError) == 1;
}
