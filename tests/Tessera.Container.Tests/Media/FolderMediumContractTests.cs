using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>The contract on a folder whose files are so small that most ranges lie in several.</summary>
public sealed class FolderMediumContractTests : MediumContract
{
    private const long FileBytes = (64 << 10) + FolderMedium.StampPage;
    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();

    protected override IMedium CreateMedium(long length)
    {
        var medium = new FolderMedium(FileParts.Create(directory.File("folder"), FileBytes));
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
