namespace Tessera.Content;

/// <summary>Where a dirty byte lies.</summary>
internal enum DirtySource
{
    /// <summary>It is not dirty.</summary>
    None = 0,
    Memory = 1,
    Block = 2,
}
