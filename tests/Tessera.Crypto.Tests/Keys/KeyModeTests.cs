namespace Tessera.Crypto.Tests.Keys;

/// <summary>Slots opened by a device key, alone or with a passphrase.</summary>
public sealed class KeyModeTests : IDisposable
{
    private readonly KeyHeaderFixture volume = new();
    private readonly DeviceKey device = Device(1);
    private readonly DeviceKey other = Device(2);
    private readonly Passphrase second = KeyHeaderFixture.Pass("second");

    public void Dispose()
    {
        volume.Dispose();
        device.Dispose();
        other.Dispose();
        second.Dispose();
    }

    [Fact]
    public void A_device_slot_opens_with_its_key_alone()
    {
        KeyHeader header = Add(new KeyCredential(null, device), out int slot);

        SlotOpenedBy(header, null, device).ShouldBe(slot);
        SlotOpenedBy(header, "wrong", device).ShouldBe(slot, "a passphrase given too does not matter");
        SlotOpenedBy(header, null, other).ShouldBe(-1);
        SlotOpenedBy(header, "first", other).ShouldBe(0, "the passphrase still opens its own");
        header.List()[slot].Kind.ShouldBe(KeySlotKind.Device);
        header.List()[slot].Argon2.ShouldBeNull();
    }

    [Fact]
    public void A_hybrid_slot_opens_with_both_and_with_neither_alone()
    {
        KeyHeader header = Add(new KeyCredential(second, device), out int slot);

        SlotOpenedBy(header, "second", device).ShouldBe(slot);
        SlotOpenedBy(header, "second", null).ShouldBe(-1);
        SlotOpenedBy(header, null, device).ShouldBe(-1);
        SlotOpenedBy(header, "second", other).ShouldBe(-1);
        SlotOpenedBy(header, "wrong", device).ShouldBe(-1);
        header.List()[slot].Kind.ShouldBe(KeySlotKind.Hybrid);
        header.List()[slot].Argon2.ShouldBe(KeyHeaderFixture.Cheap.Argon2);
    }

    [Fact]
    public void The_recovery_code_opens_whatever_else_is_given()
    {
        KeyHeader header = Add(new KeyCredential(second, device), out _);
        Span<char> code = stackalloc char[RecoveryCode.TextLength];
        volume.Code.WriteTo(code);

        SlotOpenedBy(header, code.ToString(), other).ShouldBe(1);
    }

    [Fact]
    public void A_volume_is_made_with_a_device_key_alone_and_its_last_slot_stays()
    {
        KeyHeader header = KeyHeader.Create(KeyHeaderFixture.VolumeId, new KeyCredential(null, device), KeyHeaderFixture.Cheap, out SecretBytes key, out RecoveryCode code);
        using (key)
        using (code)
        {
            header.TryUnlock(new KeyCredential(null, device), out SecretBytes? opened, out int slot).ShouldBeTrue();
            opened.FixedTimeEquals(key).ShouldBeTrue();
            opened.Dispose();
            slot.ShouldBe(0);
            Should.Throw<KeyHeaderException>(() => header.Remove(key, 0)).Fault.ShouldBe(KeyHeaderFault.LastPassphrase);
        }
    }

    [Fact]
    public void A_change_of_mode_ends_the_old_one()
    {
        KeyHeader header = volume.Header.Change(volume.VolumeKey, 0, new KeyCredential(second, device), KeyHeaderFixture.Cheap);

        SlotOpenedBy(header, "first", null).ShouldBe(-1);
        SlotOpenedBy(header, "second", device).ShouldBe(0);
        header.List()[0].Name.ShouldBe("laptop");
        header = header.Change(volume.VolumeKey, 0, new KeyCredential(null, other), KeyHeaderFixture.Cheap);
        SlotOpenedBy(header, "second", device).ShouldBe(-1);
        SlotOpenedBy(header, null, other).ShouldBe(0);
    }

    /// <summary>The kind is bound to the wrapping: a hybrid slot relabelled as one that needs less does not open.</summary>
    [Theory]
    [InlineData(KeySlotKind.Passphrase)]
    [InlineData(KeySlotKind.Device)]
    public void A_hybrid_slot_relabelled_opens_with_nothing(KeySlotKind kind)
    {
        KeyHeader header = Add(new KeyCredential(second, device), out int slot);
        byte[] bytes = KeyHeaderFixture.Bytes(header);
        var forged = new KeySlot(KeyHeaderLayout.Slot(bytes, slot)) { Kind = kind };
        if (kind == KeySlotKind.Device)
        {
            forged.Kdf = KeySlot.KdfHkdf;
            forged.Argon2 = default;
        }

        header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        SlotOpenedBy(header, "second", device).ShouldBe(-1);
    }

    /// <summary>A header made once and kept. A second reader in Python opened both slots from the same bytes (docs/format/keys.md, section 9).</summary>
    [Theory]
    [InlineData(null, 2)]
    [InlineData("correct horse battery staple", 3)]
    public void Slots_of_version_1_open(string? text, int expected)
    {
        using Stream resource = typeof(KeyModeTests).Assembly.GetManifestResourceStream("key-header-v1-modes.txt")!;
        using var reader = new StreamReader(resource);
        KeyHeader header = KeyBackup.Parse(reader.ReadToEnd());
        using Passphrase? passphrase = text is null ? null : KeyHeaderFixture.Pass(text);
        if (text is not null)
        {
            // The device slot would open first.
            header.TryUnlock(new KeyCredential(null, device), out SecretBytes? known, out _).ShouldBeTrue();
            header = header.Remove(known, 2);
            known.Dispose();
        }

        header.TryUnlock(new KeyCredential(passphrase, device), out SecretBytes? key, out int slot).ShouldBeTrue();

        slot.ShouldBe(expected);
        Convert.ToHexStringLower(key.Span).ShouldBe("cd9b0c444d1283471521701173f357ef4cdc522e45ebdf2d83a694fd9cdfdb40");
        key.Dispose();
    }

    [Fact]
    public void A_device_key_has_32_random_bytes()
    {
        Should.Throw<ArgumentException>(() => DeviceKey.FromBytes(new byte[31]));
        Should.Throw<ArgumentException>(() => DeviceKey.FromBytes(new byte[32]));
        Should.Throw<ArgumentException>(() => new KeyCredential(null, null));
        device.ToString().ShouldBe("DeviceKey");
    }

    private static DeviceKey Device(byte seed) => DeviceKey.FromBytes([.. Enumerable.Range(0, DeviceKey.Size).Select(i => (byte)(seed + i))]);

    private KeyHeader Add(KeyCredential credential, out int slot) => volume.Header.Add(volume.VolumeKey, credential, KeyHeaderFixture.Cheap, out slot);

    private int SlotOpenedBy(KeyHeader header, string? text, DeviceKey? key)
    {
        using Passphrase? passphrase = text is null ? null : KeyHeaderFixture.Pass(text);
        if (header.TryUnlock(new KeyCredential(passphrase, key), out SecretBytes? opened, out int slot))
        {
            opened.FixedTimeEquals(volume.VolumeKey).ShouldBeTrue();
            opened.Dispose();
        }

        return slot;
    }
}
