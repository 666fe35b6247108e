namespace Tessera.Wire.Importing;

/// <summary>What is kept of an inode here.</summary>
/// <param name="Told">How often the exporter told of it.</param>
/// <param name="Pins">Listings that have it.</param>
/// <param name="IsHeld">The door has a reference.</param>
internal readonly record struct KnownInode(uint Told, uint Pins, bool IsHeld)
{
    public bool IsNeeded => IsHeld || Pins > 0;
}
