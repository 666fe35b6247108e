namespace Tessera.Fuse.Tests;

/// <summary>Tests with a real mount: one after another, nothing else beside them.</summary>
[CollectionDefinition(Name, DisableParallelization = true)]
public sealed class MountCollection
{
    public const string Name = "mounts";
}
