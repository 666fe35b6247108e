namespace Tessera.Content;

/// <summary>Where an extent's bytes lie.</summary>
public enum ExtentKind : byte
{
    /// <summary>In the extent's value.</summary>
    Inline = 0,

    /// <summary>In a block of the store.</summary>
    Block = 1,

    /// <summary>Nowhere: zeros. Never stored; an edit that leaves a hole.</summary>
    Hole = 2,

    /// <summary>Nowhere any more: a repair found that they are lost. Reading fails until they are overwritten, cut off or punched.</summary>
    Lost = 3,
}
