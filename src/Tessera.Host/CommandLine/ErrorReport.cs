namespace Tessera.Host.CommandLine;

/// <summary>Errors as users read them: one sentence on standard error, and below it what can be done.</summary>
internal static class ErrorReport
{
    public static void Write(string sentence, string? advice)
    {
        Console.Error.WriteLine($"tessera: {sentence}");
        if (advice is not null)
        {
            Console.Error.WriteLine($"  {advice}");
        }
    }
}
