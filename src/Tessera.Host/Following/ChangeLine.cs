namespace Tessera.Host.Following;

/// <summary>A line of a workspace's changes, as it is read.</summary>
/// <param name="Time">When the server heard of it.</param>
/// <param name="Changes">What happened, in words.</param>
/// <param name="Path">From the workspace's root on; null: anywhere.</param>
/// <param name="NewPath">Of a rename.</param>
/// <param name="Directory">To a directory.</param>
internal sealed record ChangeLine(DateTimeOffset Time, string[] Changes, string? Path, string? NewPath, bool Directory);
