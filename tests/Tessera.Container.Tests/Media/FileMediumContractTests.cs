using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>The contract on the file system that holds the machine's temporary files, past its page cache.</summary>
public class FileMediumContractTests : MediumContract
{
    private readonly TemporaryDirectory directory;

    public FileMediumContractTests()
        : this(TemporaryDirectory.Create())
    {
    }

    protected FileMediumContractTests(TemporaryDirectory directory) => this.directory = directory;

    protected virtual bool DirectIo => true;

    protected override IMedium CreateMedium(long length) =>
        FileMedium.Create(directory.File("medium"), length, new FileMediumOptions { DirectIo = DirectIo });

    protected override IMedium Reopen(bool readOnly) =>
        FileMedium.Open(directory.File("medium"), new FileMediumOptions { DirectIo = DirectIo, ReadOnly = readOnly });

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        directory.Dispose();
    }
}
