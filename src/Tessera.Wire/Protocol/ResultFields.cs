namespace Tessera.Wire.Protocol;

/// <summary>What a step that succeeded gives back. In the body in this order; a step that failed has an empty body.</summary>
[Flags]
internal enum ResultFields
{
    None = 0,

    /// <summary>120 bytes.</summary>
    Attributes = 1,

    /// <summary>u64.</summary>
    Handle = 2,

    /// <summary>u64: bytes written, an offset found, the length of a value.</summary>
    Number = 4,

    /// <summary>44 bytes.</summary>
    Statistics = 8,

    /// <summary>The rest of the body: at most what was asked for.</summary>
    Data = 16,

    /// <summary>The rest of the body: 1 when the directory ends here, else 0 (u8); then entries.</summary>
    Listing = 32,
}
