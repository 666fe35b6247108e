namespace Tessera.Mount.Tests.Harness;

/// <summary>What a program did.</summary>
/// <param name="CommandLine">For messages.</param>
/// <param name="ExitCode">128 + N when signal N ended it.</param>
/// <param name="Output">Standard output.</param>
/// <param name="Error">Standard error.</param>
internal sealed record ProgramResult(string CommandLine, int ExitCode, string Output, string Error)
{
    public override string ToString() => $"{CommandLine}\nexit code {ExitCode}\n{Output}\n{Error}";
}
