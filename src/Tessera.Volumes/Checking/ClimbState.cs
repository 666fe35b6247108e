namespace Tessera.Volumes.Checking;

/// <summary>What is known of a directory's way up.</summary>
internal enum ClimbState : byte
{
    Unknown = 0,

    /// <summary>On the way that is being climbed: met again, it is a circle.</summary>
    Climbing = 1,

    /// <summary>The way ends: at the root, or at a directory without a name.</summary>
    Ends = 2,

    /// <summary>The way leads into a circle, or is part of one.</summary>
    Circles = 3,
}
