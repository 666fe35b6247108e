using Tessera.Core.Stores;

namespace Tessera.Container.Logging;

/// <summary>What a replayed log is put back into: a store that opens, or a check that only looks.</summary>
internal interface ILogTarget
{
    /// <summary>Whether every unit of a block that a record claims is on the medium.</summary>
    bool VerifyBlock(BlockReference block);

    /// <summary>Takes one operation, in the order of the log.</summary>
    void Redo(in LoggedOperation operation);
}
