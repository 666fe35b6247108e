using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>The contract on a folder whose files lie elsewhere, in turn in three directories.</summary>
public sealed class SpreadFolderMediumContractTests : MediumContract
{
    private const long FileBytes = (64 << 10) + FolderMedium.StampPage;
    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();

    protected override IMedium CreateMedium(long length)
    {
        string[] disks = [.. Enumerable.Range(0, 3).Select(i => directory.File($"disk{i}"))];
        var medium = new FolderMedium(FileParts.Create(directory.File("folder"), FileBytes, new PartSpread(disks, disks.Length)));
        medium.Grow(length);
        return medium;
    }

    protected override IMedium Reopen(bool readOnly) => HostMedium.Open(directory.File("folder"), new FileMediumOptions { ReadOnly = readOnly });

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        directory.Dispose();
    }
}
