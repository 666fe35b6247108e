namespace Tessera.Conformance.Tests.Running;

/// <summary>How a place is mounted for a case.</summary>
internal enum Ground
{
    /// <summary>With room, for reading and writing, relatime.</summary>
    Ordinary,

    /// <summary>Read-only, with what <see cref="ReadOnlyGround"/> put there before.</summary>
    ReadOnly,

    /// <summary>So small that a case can fill it.</summary>
    Small,

    /// <summary>With noatime.</summary>
    NoAccessTime,

    /// <summary>With strictatime.</summary>
    StrictAccessTime,
}
