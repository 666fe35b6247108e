namespace Tessera.Crypto.Tests.Keys;

public sealed class KeyHeaderParseTests
{
    [Fact]
    public void Parse_not_a_header_says_so()
    {
        FaultOf([]).ShouldBe(KeyHeaderFault.NotAKeyHeader);
        FaultOf(new byte[KeyHeader.Size - 1]).ShouldBe(KeyHeaderFault.NotAKeyHeader);
        FaultOf(new byte[KeyHeader.Size]).ShouldBe(KeyHeaderFault.NotAKeyHeader);
        FaultOf(KeyHeaderFixture.WithChecksum(new byte[KeyHeader.Size])).ShouldBe(KeyHeaderFault.NotAKeyHeader);
    }

    [Fact]
    public void Parse_any_flipped_bit_is_found_by_the_checksum()
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        for (int at = 0; at < bytes.Length; at += 61) // 61 and the size have no common factor: all regions are met
        {
            bytes[at] ^= 0x10;
            FaultOf(bytes).ShouldBe(at < 8 ? KeyHeaderFault.NotAKeyHeader : KeyHeaderFault.Damaged);
            bytes[at] ^= 0x10;
        }

        Should.NotThrow(() => KeyHeader.Parse(bytes));
    }

    [Theory]
    [InlineData(KeyHeaderLayout.VersionAt, 2, KeyHeaderFault.UnknownVersion)]
    [InlineData(KeyHeaderLayout.FlagsAt, 1, KeyHeaderFault.Invalid)]
    [InlineData(KeyHeaderLayout.GenerationAt, 0, KeyHeaderFault.Invalid)]
    [InlineData(KeyHeaderLayout.KeyEpochAt, 0, KeyHeaderFault.Invalid)]
    [InlineData(KeyHeaderLayout.SlotsAt - 1, 1, KeyHeaderFault.Invalid)] // reserved
    [InlineData(KeyHeaderLayout.MacAt - 1, 1, KeyHeaderFault.Invalid)] // reserved
    [InlineData(KeyHeaderLayout.SlotsAt, 2, KeyHeaderFault.Invalid)] // state
    [InlineData(KeyHeaderLayout.SlotsAt + 1, 0, KeyHeaderFault.Invalid)] // kind
    [InlineData(KeyHeaderLayout.SlotsAt + 1, 2, KeyHeaderFault.Invalid)] // kind: a recovery slot with Argon2
    [InlineData(KeyHeaderLayout.SlotsAt + 2, 65, KeyHeaderFault.Invalid)] // name length
    [InlineData(KeyHeaderLayout.SlotsAt + 3, 0xFF, KeyHeaderFault.Invalid)] // name length
    [InlineData(KeyHeaderLayout.SlotsAt + 15, 0x80, KeyHeaderFault.Invalid)] // creation time, negative
    [InlineData(KeyHeaderLayout.SlotsAt + 15, 0x01, KeyHeaderFault.Invalid)] // creation time, after the year 9999
    [InlineData(KeyHeaderLayout.SlotsAt + 19, 0x7F, KeyHeaderFault.Invalid)] // Argon2 memory
    [InlineData(KeyHeaderLayout.SlotsAt + 19, 0xFF, KeyHeaderFault.Invalid)] // Argon2 memory, negative as int
    [InlineData(KeyHeaderLayout.SlotsAt + 20, 0, KeyHeaderFault.Invalid)] // passes
    [InlineData(KeyHeaderLayout.SlotsAt + 20, 65, KeyHeaderFault.Invalid)] // passes
    [InlineData(KeyHeaderLayout.SlotsAt + 24, 17, KeyHeaderFault.Invalid)] // lanes
    [InlineData(KeyHeaderLayout.SlotsAt + 28, 9, KeyHeaderFault.Invalid)] // derivation
    [InlineData(KeyHeaderLayout.SlotsAt + 128, 0x1B, KeyHeaderFault.Invalid)] // escape in a name
    [InlineData(KeyHeaderLayout.SlotsAt + 128, 0xC3, KeyHeaderFault.Invalid)] // broken UTF-8 in a name
    [InlineData(KeyHeaderLayout.SlotsAt + 190, 1, KeyHeaderFault.Invalid)] // after the name
    [InlineData(KeyHeaderLayout.SlotsAt + 300, 1, KeyHeaderFault.Invalid)] // reserved in a known kind
    public void Parse_value_beyond_limits_with_a_fitting_checksum_is_refused(int at, byte value, KeyHeaderFault fault)
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        bytes[at] = value;
        FaultOf(KeyHeaderFixture.WithChecksum(bytes)).ShouldBe(fault);
    }

    [Fact]
    public void Parse_two_recovery_slots_or_none_in_use_is_refused()
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        KeyHeaderLayout.Slot(bytes, 1).CopyTo(KeyHeaderLayout.Slot(bytes, 7));
        FaultOf(KeyHeaderFixture.WithChecksum(bytes)).ShouldBe(KeyHeaderFault.Invalid);

        bytes.AsSpan(KeyHeaderLayout.SlotsAt..KeyHeaderLayout.SlotsEnd).Clear();
        FaultOf(KeyHeaderFixture.WithChecksum(bytes)).ShouldBe(KeyHeaderFault.Invalid);
    }

    [Fact]
    public void Parse_slot_of_a_later_kind_is_listed_and_kept()
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        KeyHeaderLayout.Slot(bytes, 0).CopyTo(KeyHeaderLayout.Slot(bytes, 3));
        KeyHeaderLayout.Slot(bytes, 3)[1] = 6;
        KeyHeaderLayout.Slot(bytes, 3)[KeySlot.Size - 1] = 0xEE;

        KeyHeader header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        header.List().Single(s => s.Slot == 3).ShouldSatisfyAllConditions(
            s => ((byte)s.Kind).ShouldBe((byte)6),
            s => s.Argon2.ShouldBeNull());
        KeyHeaderFixture.Bytes(header).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
    }

    [Fact]
    public void Parse_mutated_headers_are_refused_cleanly_or_canonical()
    {
        using var volume = new KeyHeaderFixture();
        byte[] original = KeyHeaderFixture.Bytes(volume.Header);
        var random = new Random(4711);
        byte[] bytes = [.. original];
        int[] places = new int[4];
        int accepted = 0;
        for (int round = 0; round < 100_000; round++)
        {
            int changes = random.Next(1, 5);
            for (int i = 0; i < changes; i++)
            {
                places[i] = RandomPlace(random);
                bytes[places[i]] = RandomValue(random);
            }

            // The checksum would hide everything behind it from the fuzzer; one round in 50 goes through the whole of Parse.
            accepted += AcceptsOrRefusesCleanly(bytes, whole: round % 50 == 0) ? 1 : 0;
            foreach (int place in places[..changes])
            {
                bytes[place] = original[place];
            }
        }

        bytes.AsSpan(0, KeyHeaderLayout.ChecksumAt).SequenceEqual(original.AsSpan(0, KeyHeaderLayout.ChecksumAt)).ShouldBeTrue();
        accepted.ShouldBeInRange(1_000, 90_000, "the mutations must reach both verdicts to prove anything");
    }

    [Fact]
    public void Parse_random_bytes_never_throws_anything_else()
    {
        var random = new Random(4712);
        for (int round = 0; round < 2_000; round++)
        {
            byte[] bytes = new byte[KeyHeader.Size];
            random.NextBytes(bytes.AsSpan(0, random.Next(KeyHeader.Size)));
            KeyHeaderLayout.Magic.CopyTo(bytes);
            bytes.AsSpan(8, 8).Clear();
            bytes[8] = 1;
            AcceptsOrRefusesCleanly(bytes, whole: true).ShouldBeFalse();
        }
    }

    private static bool AcceptsOrRefusesCleanly(byte[] bytes, bool whole)
    {
        try
        {
            if (!whole)
            {
                KeyHeaderStructure.Check(bytes);
                return true;
            }

            KeyHeader header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));
            header.List().Count.ShouldBeInRange(1, KeyHeader.SlotCount);
            KeyHeaderFixture.Bytes(header).AsSpan().SequenceEqual(bytes).ShouldBeTrue();
            return true;
        }
        catch (KeyHeaderException)
        {
            return false;
        }
    }

    /// <summary>Mostly in the header's fields and the two slots in use: the rest is reserved and dull.</summary>
    private static int RandomPlace(Random random) => random.Next(10) switch
    {
        < 3 => random.Next(KeyHeaderLayout.PrivateKeyEnd),
        < 6 => KeyHeaderLayout.SlotsAt + random.Next(KeySlot.KnownEnd),
        < 9 => KeyHeaderLayout.SlotsAt + (random.Next(3) * KeySlot.Size) + random.Next(KeySlot.KnownEnd),
        _ => random.Next(KeyHeaderLayout.ChecksumAt),
    };

    private static byte RandomValue(Random random) => random.Next(3) switch
    {
        0 => (byte)random.Next(4),
        1 => 0xFF,
        _ => (byte)random.Next(256),
    };

    private static KeyHeaderFault FaultOf(byte[] bytes) => Should.Throw<KeyHeaderException>(() => KeyHeader.Parse(bytes)).Fault;
}
