namespace Tessera.HostFiles.Nodes;

/// <summary>A directory's O_PATH descriptor, and when (ms of <see cref="Environment.TickCount64"/>) its path was last walked.</summary>
internal sealed record CachedDirectory(Node Node, Descriptor Descriptor, long WalkedAt);
