namespace Tessera.Volumes.Files;

/// <summary>What became of an extent that was to be laid to another block.</summary>
internal enum ResealStep
{
    /// <summary>It was.</summary>
    Done,

    /// <summary>The file has it no more: somebody else was at work.</summary>
    Changed,

    /// <summary>Nothing was committed: there is no room, or the block is not there any more.</summary>
    Refused,
}
