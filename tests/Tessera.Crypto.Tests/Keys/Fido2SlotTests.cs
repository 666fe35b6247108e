namespace Tessera.Crypto.Tests.Keys;

/// <summary>Slots opened by a FIDO2 authenticator, alone or with a passphrase.</summary>
public sealed class Fido2SlotTests : IDisposable
{
    private const int ExtraAt = KeySlot.KnownEnd;
    private const int SaltAt = ExtraAt + 4;
    private const int IdAt = SaltAt + Fido2Credential.SaltSize;

    private readonly KeyHeaderFixture volume = new();
    private readonly MemoryAuthenticator key = new(1);
    private readonly MemoryAuthenticator other = new(2);

    public void Dispose() => volume.Dispose();

    [Fact]
    public void A_slot_opens_with_its_authenticator_and_with_no_other()
    {
        KeyHeader header = Add(volume.Header, out int slot);

        SlotOpenedBy(header, null, key).ShouldBe(slot);
        SlotOpenedBy(header, null, other).ShouldBe(-1);
        SlotOpenedBy(header, "first", other).ShouldBe(0, "the passphrase still opens its own");
        KeySlotInfo info = header.List()[slot];
        (info.Kind, info.Argon2, info.Fido2!.NeedsPin, info.Fido2.NeedsTouch).ShouldBe((KeySlotKind.Fido2, null, true, true));
        Span<char> code = stackalloc char[RecoveryCode.TextLength];
        volume.Code.WriteTo(code);
        SlotOpenedBy(header, code.ToString(), other).ShouldBe(1, "a lost authenticator");
    }

    [Fact]
    public void A_slot_of_both_opens_with_both_and_asks_for_nothing_that_would_be_in_vain()
    {
        using Passphrase second = KeyHeaderFixture.Pass("second");
        KeyHeader header = volume.Header.Add(volume.VolumeKey, new KeyCredential(second, null, key), KeyHeaderFixture.Cheap, out int slot);
        int asked = key.Asked;

        SlotOpenedBy(header, "second", key).ShouldBe(slot);
        SlotOpenedBy(header, "second", null).ShouldBe(-1);
        SlotOpenedBy(header, "second", other).ShouldBe(-1);
        SlotOpenedBy(header, "wrong", key).ShouldBe(-1);
        key.Asked.ShouldBe(asked + 2);
        SlotOpenedBy(header, null, key).ShouldBe(-1);
        SlotOpenedBy(header, "first", key).ShouldBe(0);
        key.Asked.ShouldBe(asked + 2, "somebody had to touch it in vain");
        header.List()[slot].Argon2.ShouldBe(KeyHeaderFixture.Cheap.Argon2);
    }

    [Fact]
    public void The_same_authenticator_twice_is_two_slots()
    {
        KeyHeader header = Add(Add(volume.Header, out int first), out int second);

        SlotOpenedBy(header.Remove(volume.VolumeKey, first), null, key).ShouldBe(second);
        SlotOpenedBy(header.Remove(volume.VolumeKey, second), null, key).ShouldBe(first);
        header.List()[first].Fido2!.Id.SequenceEqual(header.List()[second].Fido2!.Id).ShouldBeFalse();
    }

    /// <summary>Whoever changes what is kept of the credential gets nothing opened, whatever the authenticator says to it.</summary>
    [Theory]
    [InlineData(ExtraAt)]
    [InlineData(SaltAt)]
    [InlineData(SaltAt + 31)]
    [InlineData(IdAt + 1)]
    [InlineData(IdAt)]
    public void A_changed_credential_opens_nothing(int at)
    {
        KeyHeader header = Add(volume.Header, out int slot);
        byte[] bytes = KeyHeaderFixture.Bytes(header);
        KeyHeaderLayout.Slot(bytes, slot)[at] ^= 1;
        header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        SlotOpenedBy(header, null, key).ShouldBe(-1);
        using Passphrase first = KeyHeaderFixture.Pass("first");
        Should.Throw<KeyHeaderException>(() => header.TryUnlock(first, out _, out _)).Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    [Fact]
    public void A_slot_of_another_volume_or_place_opens_nothing()
    {
        using var another = new KeyHeaderFixture();
        byte[] theirs = KeyHeaderFixture.Bytes(another.Header.Add(another.VolumeKey, new KeyCredential(null, null, key), KeyHeaderFixture.Cheap, out int slot));
        byte[] bytes = KeyHeaderFixture.Bytes(Add(volume.Header, out _));
        KeyHeaderLayout.Slot(bytes, slot).CopyTo(KeyHeaderLayout.Slot(bytes, slot + 1));
        KeyHeaderLayout.Slot(bytes, slot).Clear();
        SlotOpenedBy(KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes)), null, key).ShouldBe(-1, "another place");

        KeyHeaderLayout.Slot(theirs, slot).CopyTo(KeyHeaderLayout.Slot(bytes, slot));
        KeyHeader header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        // The volume id is the same here: the slot opens to a key, and that is not this volume's.
        Should.Throw<KeyHeaderException>(() => header.TryUnlock(new KeyCredential(null, null, key), out _, out _)).Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    [Theory]
    [InlineData(0, 4)]
    [InlineData(1, 1)]
    [InlineData(2, 0)]
    [InlineData(3, 5)]
    [InlineData(1599, 1)]
    public void Values_beyond_their_limits_are_refused_before_anybody_is_asked(int at, byte value)
    {
        byte[] bytes = KeyHeaderFixture.Bytes(Add(volume.Header, out int slot));
        Span<byte> extra = KeyHeaderLayout.Slot(bytes, slot)[ExtraAt..];
        extra[at] = value;

        Should.Throw<KeyHeaderException>(() => KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes))).Fault.ShouldBe(KeyHeaderFault.Invalid);
    }

    [Fact]
    public void The_last_slot_stays_and_a_device_key_has_a_slot_of_its_own()
    {
        KeyHeader header = volume.Header.Change(volume.VolumeKey, 0, new KeyCredential(null, null, key), KeyHeaderFixture.Cheap);
        Should.Throw<KeyHeaderException>(() => header.Remove(volume.VolumeKey, 0)).Fault.ShouldBe(KeyHeaderFault.LastPassphrase);
        SlotOpenedBy(header, "first", null).ShouldBe(-1);
        SlotOpenedBy(header, null, key).ShouldBe(0);

        using DeviceKey device = DeviceKey.Create();
        Should.Throw<ArgumentException>(() => header.Add(volume.VolumeKey, new KeyCredential(null, device, key), KeyHeaderFixture.Cheap, out _));
        Should.Throw<ArgumentException>(() => new Fido2Credential([], new byte[32], needsPin: true, needsTouch: true));
        Should.Throw<ArgumentException>(() => new Fido2Credential(new byte[1025], new byte[32], needsPin: true, needsTouch: true));
        Should.Throw<ArgumentException>(() => new Fido2Credential(new byte[1], new byte[31], needsPin: true, needsTouch: true));
    }

    /// <summary>A header made once and kept. A second reader in Python opened both slots from the same bytes (docs/format/keys.md, section 9).</summary>
    [Theory]
    [InlineData(null, 2)]
    [InlineData("correct horse battery staple", 3)]
    public void Slots_of_version_1_open(string? text, int expected)
    {
        using Stream resource = typeof(Fido2SlotTests).Assembly.GetManifestResourceStream("key-header-v1-fido2.txt")!;
        using var reader = new StreamReader(resource);
        KeyHeader header = KeyBackup.Parse(reader.ReadToEnd());
        using Passphrase? passphrase = text is null ? null : KeyHeaderFixture.Pass(text);

        header.TryUnlock(new KeyCredential(passphrase, null, key), out SecretBytes? opened, out int slot).ShouldBeTrue();

        slot.ShouldBe(expected);
        Convert.ToHexStringLower(opened.Span).ShouldBe("d771146b04a7352bd84ab35668b76a55ad5209f7bd633dd2fb15b4831ba0fc46");
        opened.Dispose();
    }

    private KeyHeader Add(KeyHeader header, out int slot) => header.Add(volume.VolumeKey, new KeyCredential(null, null, key), KeyHeaderFixture.Cheap, out slot);

    private int SlotOpenedBy(KeyHeader header, string? text, IFido2Key? authenticator)
    {
        using Passphrase? passphrase = text is null ? null : KeyHeaderFixture.Pass(text);
        if (header.TryUnlock(new KeyCredential(passphrase, null, authenticator), out SecretBytes? opened, out int slot))
        {
            opened.FixedTimeEquals(volume.VolumeKey).ShouldBeTrue();
            opened.Dispose();
        }

        return slot;
    }
}
