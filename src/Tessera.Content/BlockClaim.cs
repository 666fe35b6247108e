namespace Tessera.Content;

/// <summary>What a batch does to the block that an extent is laid from.</summary>
public enum BlockClaim
{
    /// <summary>The file has it already.</summary>
    Owned,

    /// <summary>It was written, and no commit has claimed it: this one does.</summary>
    Unclaimed,

    /// <summary>It was written in the place of one that files share, and no commit has claimed it: this one does, and it is shared from the beginning.</summary>
    UnclaimedShared,

    /// <summary>Another extent keeps naming it: from now on it is shared.</summary>
    Shared,

    /// <summary>Extents of other files named it a moment ago, and it was shared then: when it is not any more, the edit is given up.</summary>
    StillShared,
}
