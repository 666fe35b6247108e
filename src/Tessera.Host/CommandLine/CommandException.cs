namespace Tessera.Host.CommandLine;

/// <summary>Ends the command with a sentence for the user, what to do about it, and an exit code. Caught in one place: <see cref="TesseraCommand"/>.</summary>
/// <remarks>The sentence never contains a secret.</remarks>
internal sealed class CommandException : Exception
{
    public CommandException(ExitCode code, string sentence, string? advice = null, Exception? cause = null)
        : base(sentence, cause)
    {
        Code = code;
        Advice = advice;
    }

    public ExitCode Code { get; }

    /// <summary>What the user can do, as a sentence; null when the sentence says it all.</summary>
    public string? Advice { get; }
}
