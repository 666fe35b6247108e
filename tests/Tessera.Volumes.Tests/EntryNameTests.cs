using System.Text;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Tests;

public sealed class EntryNameTests
{
    /// <summary>Values published with the algorithm.</summary>
    [Theory]
    [InlineData("", 0xEF46DB3751D8E999)]
    [InlineData("a", 0xD24EC4F1A98C6E5B)]
    [InlineData("abc", 0x44BC2CF5AD770999)]
    [InlineData("Nobody inspects the spammish repetition", 0xFBCEA83C8A378BF1)]
    public void Hash_is_xxh64(string text, ulong expected) => XxHash64.Hash(Encoding.ASCII.GetBytes(text)).ShouldBe(expected);

    [Theory]
    [InlineData("ReadMe.txt", "README.TXT")]
    [InlineData("straße", "STRAßE")]
    [InlineData("ÿ", "Ÿ")]
    [InlineData("ﬁ", "ﬁ")]
    public void Fold_is_the_simple_upper_case(string name, string folded)
    {
        byte[] destination = new byte[600];
        int length = CaseFold.Fold(Encoding.UTF8.GetBytes(name), destination);
        Encoding.UTF8.GetString(destination, 0, length).ShouldBe(folded);
    }

    [Fact]
    public void Fold_keeps_invalid_bytes_and_fits_its_buffer()
    {
        Random random = new(1);
        byte[] destination = new byte[(2 * 255) + 4];
        for (int i = 0; i < 20_000; i++)
        {
            byte[] name = new byte[random.Next(1, 256)];
            random.NextBytes(name);
            int length = CaseFold.Fold(name, destination);
            byte[] again = new byte[(2 * length) + 4];
            again[..CaseFold.Fold(destination.AsSpan(0, length), again)].ShouldBe(destination[..length]);
        }

        CaseFold.Fold([0xFF, (byte)'a', 0xC3], destination).ShouldBe(3);
        destination[..3].ShouldBe(new byte[] { 0xFF, (byte)'A', 0xC3 });
    }

    [Fact]
    public void Names_that_differ_in_case_share_the_high_bits_and_nothing_else()
    {
        ulong lower = EntryName.PositionOf("some name"u8);
        ulong upper = EntryName.PositionOf("SOME NAME"u8);
        (lower >> EntryName.ExactBits).ShouldBe(upper >> EntryName.ExactBits);
        lower.ShouldNotBe(upper);
        lower.ShouldBeLessThan(1UL << (EntryName.FoldedBits + EntryName.ExactBits));
    }

    [Fact]
    public void Positions_of_many_numbered_names_are_distinct()
    {
        HashSet<ulong> positions = [];
        for (int i = 0; i < 300_000; i++)
        {
            positions.Add(EntryName.PositionOf(Encoding.ASCII.GetBytes($"{i:D8}"))).ShouldBeTrue();
        }
    }
}
