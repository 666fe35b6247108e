namespace Tessera.Host.Copying;

/// <summary>A line of "--json" while a copy goes on.</summary>
/// <param name="Doing">"counting", "copying", "verifying".</param>
/// <param name="TotalNames">0 while it is counted.</param>
/// <param name="TotalBytes">Likewise.</param>
internal sealed record CopyProgressFacts(string Doing, long Names, long TotalNames, long Bytes, long TotalBytes);
