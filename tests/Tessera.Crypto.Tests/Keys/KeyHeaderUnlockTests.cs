namespace Tessera.Crypto.Tests.Keys;

public sealed class KeyHeaderUnlockTests
{
    [Fact]
    public void TryUnlock_passphrase_gives_the_volume_key_also_after_a_round_trip()
    {
        using var volume = new KeyHeaderFixture();
        KeyHeader reread = KeyHeader.Parse(KeyHeaderFixture.Bytes(volume.Header));

        volume.SlotOpenedBy(volume.Header, "first").ShouldBe(0);
        volume.SlotOpenedBy(reread, "first").ShouldBe(0);
        reread.VolumeId.ToArray().ShouldBe(KeyHeaderFixture.VolumeId);
        reread.Generation.ShouldBe(1UL);
    }

    [Theory]
    [InlineData("First")]
    [InlineData("first ")]
    [InlineData("00001-00002-00004-00008-0000G-00005-0000A-0000M")] // a code, but another volume's
    public void TryUnlock_wrong_input_is_false_not_an_exception(string input)
    {
        using var volume = new KeyHeaderFixture();
        volume.SlotOpenedBy(volume.Header, input).ShouldBe(-1);
    }

    [Fact]
    public void TryUnlock_recovery_code_typed_as_a_passphrase_opens()
    {
        using var volume = new KeyHeaderFixture();
        string code = RecoveryCodeTests.Text(volume.Code);

        volume.SlotOpenedBy(volume.Header, code).ShouldBe(1);
        volume.SlotOpenedBy(volume.Header, code.Replace('-', ' ').ToLowerInvariant() + "\n").ShouldBe(1);

        using Passphrase asPassphrase = volume.Code.ToPassphrase();
        volume.Header.TryUnlock(asPassphrase, out SecretBytes? key, out _).ShouldBeTrue();
        key.Dispose();
    }

    [Fact]
    public void TryUnlock_two_volumes_with_one_passphrase_have_different_keys()
    {
        using var one = new KeyHeaderFixture();
        using var two = new KeyHeaderFixture();
        one.VolumeKey.FixedTimeEquals(two.VolumeKey).ShouldBeFalse();
    }

    // Every field outside the slots' own sealing is under the MAC alone: name, time, other slots, generation, public key.
    [Theory]
    [InlineData(KeyHeaderLayout.GenerationAt)]
    [InlineData(KeyHeaderLayout.PublicKeyAt + 20)]
    [InlineData(KeyHeaderLayout.PrivateKeyAt + 20)]
    [InlineData(KeyHeaderLayout.SlotsAt + 8)] // creation time
    [InlineData(KeyHeaderLayout.SlotsAt + 128)] // name
    [InlineData(KeyHeaderLayout.SlotsAt + KeySlot.Size + 70)] // the other slot's wrapped key
    [InlineData(KeyHeaderLayout.MacAt)]
    public void TryUnlock_header_changed_without_the_key_is_tampered(int at)
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        bytes[at] ^= 0x02;
        KeyHeader changed = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        Should.Throw<KeyHeaderException>(() => volume.SlotOpenedBy(changed, "first")).Fault.ShouldBe(KeyHeaderFault.Tampered);
        Should.Throw<KeyHeaderException>(() => changed.Add(volume.VolumeKey, KeyHeaderFixture.Pass("x"), KeyHeaderFixture.Cheap, out _))
            .Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    // The slot's own fields are sealed with the key itself: the slot does not open at all.
    [Theory]
    [InlineData(KeyHeaderLayout.VolumeIdAt)]
    [InlineData(KeyHeaderLayout.SlotsAt + 4)] // key epoch
    [InlineData(KeyHeaderLayout.SlotsAt + 17)] // memory
    [InlineData(KeyHeaderLayout.SlotsAt + 20)] // passes
    [InlineData(KeyHeaderLayout.SlotsAt + 24)] // lanes
    [InlineData(KeyHeaderLayout.SlotsAt + 32)] // salt
    [InlineData(KeyHeaderLayout.SlotsAt + 64)] // nonce
    [InlineData(KeyHeaderLayout.SlotsAt + 76)] // wrapped key
    [InlineData(KeyHeaderLayout.SlotsAt + 108)] // tag
    public void TryUnlock_slot_changed_without_the_key_does_not_open(int at)
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        bytes[at] ^= 0x02;
        KeyHeader changed = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        volume.SlotOpenedBy(changed, "first").ShouldBe(-1);
    }

    [Fact]
    public void TryUnlock_slot_moved_to_another_number_does_not_open()
    {
        using var volume = new KeyHeaderFixture();
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        KeyHeaderLayout.Slot(bytes, 0).CopyTo(KeyHeaderLayout.Slot(bytes, 5));
        KeyHeaderLayout.Slot(bytes, 0).Clear();
        KeyHeader moved = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        volume.SlotOpenedBy(moved, "first").ShouldBe(-1);
    }

    [Fact]
    public void TryOpenRecoveryKey_code_opens_the_private_key_of_the_public_one()
    {
        using var volume = new KeyHeaderFixture();

        volume.Header.TryOpenRecoveryKey(volume.Code, out RecoveryKeyPair? pair).ShouldBeTrue();

        using (pair)
        {
            RecoveryKeyPairTests.AgreesWithPublicKey(pair.PrivateKey, volume.Header.RecoveryPublicKey).ShouldBeTrue();
        }

        using RecoveryCode other = RecoveryCode.Create();
        volume.Header.TryOpenRecoveryKey(other, out _).ShouldBeFalse();
    }

    [Fact]
    public void Encode_holds_no_secret_in_the_clear()
    {
        using var volume = new KeyHeaderFixture("a passphrase long enough to be searched for");
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);

        bytes.AsSpan().IndexOf(volume.VolumeKey.Span).ShouldBe(-1);
        bytes.AsSpan().IndexOf(volume.Code.Bytes.Span).ShouldBe(-1);
        bytes.AsSpan().IndexOf("a passphrase"u8).ShouldBe(-1);
        volume.Header.TryOpenRecoveryKey(volume.Code, out RecoveryKeyPair? pair).ShouldBeTrue();
        bytes.AsSpan().IndexOf(pair.PrivateKey.Span).ShouldBe(-1);
        pair.Dispose();
    }
}
