namespace Tessera.Host.Serving;

/// <summary>What a scattered volume has put elsewhere although nobody wrote it, since the mount began.</summary>
/// <param name="MovedBytes">Contents of files.</param>
internal sealed record ReshuffleFacts(long MovedBytes);
