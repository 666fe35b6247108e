namespace Tessera.Mount.Tests.Integrity;

/// <summary>What a program showed.</summary>
/// <param name="Operations">How many of its operations had run.</param>
/// <param name="What">What was wrong.</param>
internal sealed record Mismatch(int Operations, string What);
