using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;

namespace Tessera.Container.Tests.Media;

/// <summary>How the files of a folder are dealt out to directories, and what a cut leaves of one that is added (docs/format/folder.md, Several disks).</summary>
public sealed class PartSpreadTests : IDisposable
{
    private const long FileBytes = 1 << 20;
    private const int Rows = 7;
    private readonly TemporaryDirectory directory = TemporaryDirectory.Create();

    public void Dispose() => directory.Dispose();

    [Fact]
    public void Each_directory_has_its_share_of_each_row_and_one_copy_of_the_fixed_slots()
    {
        int refused = 0;
        int dealt = 0;
        foreach (int data in (int[])[8, 16])
        {
            for (int parity = 1; parity <= StripeLayout.MostParity; parity++)
            {
                for (int count = 2; count <= data + parity; count++)
                {
                    foreach (int fileMebibytes in (int[])[1, 2, 3, 4, 5, 6, 7, 8, 10, 13, 16, 21, 32, 63])
                    {
                        var spread = new PartSpread([.. Enumerable.Range(0, count).Select(i => $"/disk{i}")], data + parity);
                        long partBytes = ((long)fileMebibytes << 20) - FolderMedium.StampPage;
                        if (spread.Deal(partBytes) is { } deal)
                        {
                            ShouldBeFair(spread, deal, partBytes);
                            dealt++;
                        }
                        else
                        {
                            refused++;
                        }
                    }
                }
            }
        }

        dealt.ShouldBeGreaterThan(20 * refused); // There nearly always is a way: init asks for another size of the files where there is none.
    }

    /// <summary>A link without a file, a link with a short one, and a short file without a link.</summary>
    [Theory]
    [InlineData(true, false)]
    [InlineData(true, true)]
    [InlineData(false, true)]
    public void What_a_cut_left_of_a_file_that_was_added_is_made_anew(bool hasLink, bool hasFile)
    {
        const int Count = 6;
        string[] disks = [.. Enumerable.Range(0, 3).Select(i => directory.File($"disk{i}"))];
        string folder = directory.File("folder");
        using (var made = new FolderMedium(FileParts.Create(folder, FileBytes, new PartSpread(disks, disks.Length))))
        {
            made.Grow(Count * made.PartBytes);
        }

        string name = Path.Combine(folder, FileParts.NameOf(Count));
        string place = hasLink ? Path.Combine(disks[0], FileParts.NameOf(Count)) : name;
        if (hasLink)
        {
            File.CreateSymbolicLink(name, place);
        }

        if (hasFile)
        {
            File.WriteAllBytes(place, new byte[1000]);
        }

        using (var medium = new FolderMedium(FileParts.Open(folder, new FileMediumOptions())))
        {
            medium.Count.ShouldBe(Count);
            medium.Grow((Count + disks.Length) * medium.PartBytes);
            medium.Count.ShouldBe(Count + disks.Length);
        }

        disks.ShouldAllBe(disk => Directory.GetFiles(disk).Length == (Count / 3) + 1);
        new DirectoryInfo(folder).EnumerateFiles().ShouldAllBe(file => file.LinkTarget != null && new FileInfo(file.LinkTarget).Length == FileBytes);
    }

    private static void ShouldBeFair(PartSpread spread, Func<int, int> deal, long partBytes)
    {
        for (int row = 0; row < Rows; row++)
        {
            Enumerable.Range(row * spread.Row, spread.Row).Select(deal).CountBy(static one => one).Max(static one => one.Value).ShouldBeLessThanOrEqualTo(spread.Share);
        }

        int first = deal(0);
        for (long offset = FixedPlaces.Ordinary.HeaderOffset(1); offset < Geometry.GroupSize; offset += Geometry.SlotSize)
        {
            deal((int)(offset / partBytes)).ShouldNotBe(first);
        }
    }
}
