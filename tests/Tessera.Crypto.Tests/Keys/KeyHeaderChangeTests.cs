namespace Tessera.Crypto.Tests.Keys;

public sealed class KeyHeaderChangeTests
{
    [Fact]
    public void List_new_header_shows_passphrase_and_recovery_slot()
    {
        using var volume = new KeyHeaderFixture();

        IReadOnlyList<KeySlotInfo> slots = volume.Header.List();

        slots.Select(s => (s.Slot, s.Kind, s.Name)).ShouldBe(
            [(0, KeySlotKind.Passphrase, "laptop"), (1, KeySlotKind.RecoveryCode, "recovery code")]);
        slots[0].Argon2.ShouldBe(KeyHeaderFixture.Cheap.Argon2);
        slots[1].Argon2.ShouldBeNull();
        slots.ShouldAllBe(s => s.KeyEpoch == 1 && s.Created > DateTimeOffset.UnixEpoch.AddYears(50));
    }

    [Fact]
    public void Add_second_passphrase_both_open_and_the_old_header_stays_as_it_was()
    {
        using var volume = new KeyHeaderFixture();
        byte[] before = KeyHeaderFixture.Bytes(volume.Header);
        using Passphrase second = KeyHeaderFixture.Pass("second");

        KeyHeader changed = volume.Header.Add(volume.VolumeKey, second, KeyHeaderFixture.Cheap with { Name = "büro" }, out int slot);

        slot.ShouldBe(2);
        changed.Generation.ShouldBe(2UL);
        changed.List().Single(s => s.Slot == 2).Name.ShouldBe("büro");
        volume.SlotOpenedBy(changed, "first").ShouldBe(0);
        volume.SlotOpenedBy(changed, "second").ShouldBe(2);
        volume.SlotOpenedBy(changed, RecoveryCodeTests.Text(volume.Code)).ShouldBe(1);
        volume.SlotOpenedBy(volume.Header, "second").ShouldBe(-1);
        KeyHeaderFixture.Bytes(volume.Header).AsSpan().SequenceEqual(before).ShouldBeTrue();
    }

    [Fact]
    public void Remove_slot_is_zeroed_and_opens_no_more()
    {
        using var volume = new KeyHeaderFixture();
        using Passphrase second = KeyHeaderFixture.Pass("second");
        KeyHeader two = volume.Header.Add(volume.VolumeKey, second, KeyHeaderFixture.Cheap, out _);

        KeyHeader one = two.Remove(volume.VolumeKey, 0);

        volume.SlotOpenedBy(one, "first").ShouldBe(-1);
        volume.SlotOpenedBy(one, "second").ShouldBe(2);
        KeyHeaderLayout.Slot(KeyHeaderFixture.Bytes(one), 0).ToArray().ShouldAllBe(b => b == 0);
        one.Generation.ShouldBe(3UL);
    }

    [Fact]
    public void Remove_what_must_stay_is_refused()
    {
        using var volume = new KeyHeaderFixture();

        FaultOf(() => volume.Header.Remove(volume.VolumeKey, 0)).ShouldBe(KeyHeaderFault.LastPassphrase);
        FaultOf(() => volume.Header.Remove(volume.VolumeKey, 1)).ShouldBe(KeyHeaderFault.NotAPassphraseSlot);
        FaultOf(() => volume.Header.Remove(volume.VolumeKey, 2)).ShouldBe(KeyHeaderFault.NoSuchSlot);
        FaultOf(() => volume.Header.Remove(volume.VolumeKey, -1)).ShouldBe(KeyHeaderFault.NoSuchSlot);
        FaultOf(() => volume.Header.Remove(volume.VolumeKey, 16)).ShouldBe(KeyHeaderFault.NoSuchSlot);
    }

    [Fact]
    public void Change_passphrase_only_the_new_one_opens_and_the_name_stays()
    {
        using var volume = new KeyHeaderFixture();
        using Passphrase renewed = KeyHeaderFixture.Pass("renewed");
        KeySlotOptions dearer = KeyHeaderFixture.Cheap with { Argon2 = new Argon2Parameters(Argon2Parameters.MinMemoryKiB, 2, 1) };

        KeyHeader changed = volume.Header.Change(volume.VolumeKey, 0, renewed, dearer);

        volume.SlotOpenedBy(changed, "first").ShouldBe(-1);
        volume.SlotOpenedBy(changed, "renewed").ShouldBe(0);
        changed.List()[0].Name.ShouldBe("laptop");
        changed.List()[0].Argon2!.Value.Passes.ShouldBe(2);
        FaultOf(() => changed.Change(volume.VolumeKey, 1, renewed, dearer)).ShouldBe(KeyHeaderFault.NotAPassphraseSlot);
        FaultOf(() => changed.Change(volume.VolumeKey, 9, renewed, dearer)).ShouldBe(KeyHeaderFault.NoSuchSlot);
    }

    [Fact]
    public void Change_by_who_has_another_key_is_refused()
    {
        using var volume = new KeyHeaderFixture();
        using SecretBytes wrong = SecretBytes.Random(32);
        using Passphrase passphrase = KeyHeaderFixture.Pass("mine");

        FaultOf(() => volume.Header.Add(wrong, passphrase, KeyHeaderFixture.Cheap, out _)).ShouldBe(KeyHeaderFault.Tampered);
        FaultOf(() => volume.Header.Change(wrong, 0, passphrase, KeyHeaderFixture.Cheap)).ShouldBe(KeyHeaderFault.Tampered);
        FaultOf(() => volume.Header.ReplaceRecovery(wrong, null, out _)).ShouldBe(KeyHeaderFault.Tampered);
    }

    [Fact]
    public void Add_beyond_the_sixteenth_slot_is_refused()
    {
        using var volume = new KeyHeaderFixture();
        KeyHeader header = volume.Header;
        for (int i = 2; i < KeyHeader.SlotCount; i++)
        {
            using Passphrase passphrase = KeyHeaderFixture.Pass($"number {i}");
            header = header.Add(volume.VolumeKey, passphrase, KeyHeaderFixture.Cheap, out int slot);
            slot.ShouldBe(i);
        }

        using Passphrase oneMore = KeyHeaderFixture.Pass("one more");
        FaultOf(() => header.Add(volume.VolumeKey, oneMore, KeyHeaderFixture.Cheap, out _)).ShouldBe(KeyHeaderFault.NoFreeSlot);
        volume.SlotOpenedBy(header, "number 15").ShouldBe(15);
    }

    [Theory]
    [InlineData("12345678901234567890123456789012345678901234567890123456789012345")]
    [InlineData("line\nbreak")]
    [InlineData("\u001b[2Jcleared")]
    [InlineData("\u202Ereversed")]
    public void Add_name_too_long_or_not_printable_is_refused(string name)
    {
        using var volume = new KeyHeaderFixture();
        using Passphrase passphrase = KeyHeaderFixture.Pass("second");
        Should.Throw<ArgumentException>(
            () => volume.Header.Add(volume.VolumeKey, passphrase, KeyHeaderFixture.Cheap with { Name = name }, out _));
    }

    [Fact]
    public void ReplaceRecovery_with_the_old_code_keeps_the_key_pair()
    {
        using var volume = new KeyHeaderFixture();

        KeyHeader changed = volume.Header.ReplaceRecovery(volume.VolumeKey, volume.Code, out RecoveryCode code);

        using (code)
        {
            changed.RecoveryPublicKey.SequenceEqual(volume.Header.RecoveryPublicKey).ShouldBeTrue();
            volume.SlotOpenedBy(changed, RecoveryCodeTests.Text(volume.Code)).ShouldBe(-1);
            volume.SlotOpenedBy(changed, RecoveryCodeTests.Text(code)).ShouldBe(1);
            changed.TryOpenRecoveryKey(code, out RecoveryKeyPair? pair).ShouldBeTrue();
            RecoveryKeyPairTests.AgreesWithPublicKey(pair.PrivateKey, volume.Header.RecoveryPublicKey).ShouldBeTrue();
            pair.Dispose();
        }
    }

    [Fact]
    public void ReplaceRecovery_without_the_old_code_makes_a_new_pair()
    {
        using var volume = new KeyHeaderFixture();

        KeyHeader changed = volume.Header.ReplaceRecovery(volume.VolumeKey, null, out RecoveryCode code);

        using (code)
        {
            changed.RecoveryPublicKey.SequenceEqual(volume.Header.RecoveryPublicKey).ShouldBeFalse();
            changed.TryOpenRecoveryKey(code, out RecoveryKeyPair? pair).ShouldBeTrue();
            pair.Dispose();
            changed.TryOpenRecoveryKey(volume.Code, out _).ShouldBeFalse();
        }

        using RecoveryCode wrong = RecoveryCode.Create();
        FaultOf(() => volume.Header.ReplaceRecovery(volume.VolumeKey, wrong, out _)).ShouldBe(KeyHeaderFault.WrongRecoveryCode);
    }

    [Fact]
    public void Create_parameters_beyond_limits_throw()
    {
        using Passphrase passphrase = KeyHeaderFixture.Pass("x");
        KeySlotOptions weak = new() { Argon2 = new Argon2Parameters(1024, 1, 1) };
        Should.Throw<ArgumentOutOfRangeException>(() => KeyHeader.Create(new byte[16], passphrase, weak, out _, out _));
        Should.Throw<ArgumentException>(() => KeyHeader.Create(new byte[15], passphrase, KeyHeaderFixture.Cheap, out _, out _));
    }

    private static KeyHeaderFault FaultOf(Func<KeyHeader> change) => Should.Throw<KeyHeaderException>(() => change()).Fault;
}
