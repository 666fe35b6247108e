namespace Tessera.Host.Mounting;

/// <summary>A process that keeps a mount busy.</summary>
/// <param name="ProcessId">Its pid.</param>
/// <param name="Name">Its command name, as ps(1) shows it.</param>
/// <param name="Use">What it holds: "working directory", "open file", "mapped file", "program", "root".</param>
/// <param name="Path">Where in the mount.</param>
internal sealed record MountUser(int ProcessId, string Name, string Use, string Path)
{
    public override string ToString() => $"{Name} (pid {ProcessId}, {Use} {Path})";
}
