namespace Tessera.Core.FileSystem;

/// <summary>What became of a name, or of what it names. Several are one change, in this order.</summary>
[Flags]
public enum ChangeKinds : ushort
{
    None = 0,

    /// <summary>The name was made: by creation, by link(2), or by a move from where nothing is watched.</summary>
    Created = 1,

    /// <summary>The name is gone: removed, or moved to where nothing is watched.</summary>
    Deleted = 2,

    /// <summary>The name became another; what had that before is gone.</summary>
    Renamed = 4,

    /// <summary>The content changed.</summary>
    Modified = 8,

    /// <summary>A file that was open for writing was closed.</summary>
    Written = 16,

    /// <summary>Mode, owner, times, or attributes of users changed.</summary>
    Attributes = 32,

    /// <summary>Changes were lost: anything may have changed.</summary>
    Everything = 64,
}
