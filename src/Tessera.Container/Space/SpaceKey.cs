namespace Tessera.Container.Space;

/// <summary>The container's own entries of the map.</summary>
internal enum SpaceKey : byte
{
    Bitmap = 1,
    Counts = 2,
    Backups = 3,

    /// <summary>Ranges of keys that a repair under way has found lost.</summary>
    Lost = 4,
}
