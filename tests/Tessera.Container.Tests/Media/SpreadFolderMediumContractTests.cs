using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>The contract on a folder whose files lie elsewhere, in turn in three directories.</summary>
public sealed class SpreadFolderMediumContractTests : FolderMediumContractTests
{
    private const int Disks = 3;

    protected override PartSpread SpreadIn(TemporaryDirectory scratch) => new([.. Enumerable.Range(0, Disks).Select(i => scratch.File($"disk{i}"))], Disks);
}
