namespace Tessera.Volumes.Files;

/// <summary>Which extents a step of packing takes.</summary>
internal enum PackingAim
{
    /// <summary>Those kept in the map.</summary>
    Settle,

    /// <summary>Besides, the live parts of mostly dead blocks.</summary>
    Compact,

    /// <summary>Those in blocks that no other file shares, wherever they lie: they are to lie elsewhere.</summary>
    Move,

    /// <summary>Those in blocks that no other file shares, and that are sealed under a key which is given up.</summary>
    Reseal,
}
