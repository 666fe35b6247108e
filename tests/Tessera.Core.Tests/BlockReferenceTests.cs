using Tessera.Core.Stores;

namespace Tessera.Core.Tests;

public sealed class BlockReferenceTests
{
    [Fact]
    public void Reference_survives_its_encoding()
    {
        var reference = new BlockReference
        {
            Address = 0x0102030405060708,
            Counter = ulong.MaxValue,
            Birth = 42,
            Session = 7,
            Length = 1 << 20,
            KeyEpoch = 3,
            Algorithm = 1,
            UnitShift = 12,
            Tag = new SealTag(ulong.MaxValue - 5, ulong.MaxValue),
        };
        byte[] encoded = new byte[BlockReference.Size];
        reference.Encode(encoded);
        BlockReference.Decode(encoded).ShouldBe(reference);
        encoded[0].ShouldBe((byte)0x08);
        encoded[36].ShouldBe((byte)1);
    }
}
