using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>Whose statistics are printed, and for whom.</summary>
/// <param name="Entry">The mount.</param>
/// <param name="Json">For programs.</param>
internal sealed record StatsForm(MountEntry Entry, bool Json)
{
    public string Title => $"{Entry.Source} at {Entry.MountPoint}";
}
