namespace Tessera.Crypto;

/// <summary>How far a change of the volume key has come (docs/format/keys.md, section 6.1).</summary>
public enum KeyRotation
{
    /// <summary>None is under way.</summary>
    None = 0,

    /// <summary>The slots open the new key, the container may still be of the key before, which is in the header, wrapped under the new one.</summary>
    Switching = 1,

    /// <summary>Everything new is of the new key; something of older ones is left.</summary>
    Resealing = 2,
}
