namespace Tessera.Host.Secrets;

/// <summary>How a tool ended.</summary>
/// <param name="ExitCode">Its exit code.</param>
/// <param name="Read">Bytes that it printed into the room given for them.</param>
/// <param name="PrintedMore">It printed more than there was room for.</param>
/// <param name="TimedOut">It took longer than it may, and was killed.</param>
/// <param name="Errors">What it wrote to standard error, its beginning.</param>
internal sealed record ToolResult(int ExitCode, int Read, bool PrintedMore, bool TimedOut, string Errors)
{
    public bool Succeeded => ExitCode == 0 && !TimedOut;
}
