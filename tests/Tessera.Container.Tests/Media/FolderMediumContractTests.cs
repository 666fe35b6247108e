using Tessera.Container.Media;

namespace Tessera.Container.Tests.Media;

/// <summary>The contract on a folder whose files are so small that most ranges lie in several.</summary>
public class FolderMediumContractTests : MediumContract
{
    private const long FileBytes = (64 << 10) + FolderMedium.StampPage;
    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();

    /// <summary>Where they lie; null: in the folder.</summary>
    protected virtual PartSpread? SpreadIn(TemporaryDirectory scratch) => null;

    protected override IMedium CreateMedium(long length)
    {
        var medium = new FolderMedium(FileParts.Create(directory.File("folder"), FileBytes, SpreadIn(directory)));
        medium.Grow(length);
        return medium;
    }

    protected override IMedium Reopen(bool readOnly) => HostMedium.Open(directory.File("folder"), new FileMediumOptions { ReadOnly = readOnly });

    /// <summary>The first and the last lie in two files each, the others in one.</summary>
    [Fact]
    public void Pieces_that_go_on_in_the_next_file_are_read_and_written()
    {
        const int Part = 64 << 10;
        const int Piece = 3 * FileMedium.PageBytes;
        long[] offsets = [Part - FileMedium.PageBytes, 0, 4 * Piece, (2 * Part) - (2 * FileMedium.PageBytes)];
        var pieces = new AlignedBuffer(offsets.Length * Piece);
        new Random(1).NextBytes(pieces.Span);

        using IMedium medium = CreateMedium(4 * Part);
        medium.WriteEach(offsets, pieces.Span, WriteMode.Direct);
        var read = new AlignedBuffer(offsets.Length * Piece);
        medium.ReadEach(offsets, read.Span);

        read.Span.SequenceEqual(pieces.Span).ShouldBeTrue();
        for (int i = 0; i < offsets.Length; i++)
        {
            medium.Read(offsets[i], read.Span[..Piece]);
            read.Span[..Piece].SequenceEqual(pieces.Span.Slice(i * Piece, Piece)).ShouldBeTrue();
        }
    }

    protected override void Dispose(bool disposing)
    {
        base.Dispose(disposing);
        directory.Dispose();
    }
}
