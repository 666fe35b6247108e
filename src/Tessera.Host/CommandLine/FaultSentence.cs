namespace Tessera.Host.CommandLine;

/// <summary>Words for faults that nobody nearer to them has put into words.</summary>
internal static class FaultSentence
{
    public static string For(Exception fault) => fault switch
    {
        IOException or UnauthorizedAccessException => fault.Message,
        _ => $"An unexpected fault ({fault.GetType().Name}): {fault.Message}",
    };
}
