namespace Tessera.Crypto.Tests.Keys;

/// <summary>Slots that the recovery code of another volume opens, the one that this volume lies in.</summary>
public sealed class OuterSlotTests : IDisposable
{
    private const int ExtraAt = KeySlot.KnownEnd;
    private const int MarkAt = ExtraAt + 68;
    private readonly KeyHeaderFixture inner = new();
    private readonly KeyHeaderFixture outer = new("of the outer one");

    public void Dispose()
    {
        inner.Dispose();
        outer.Dispose();
    }

    [Fact]
    public void The_code_of_the_outer_volume_opens_it_and_no_other_code()
    {
        KeyHeader header = Sealed(out int slot);

        OpenedBy(header, outer.Header, outer.Code).ShouldBe(slot);
        inner.SlotOpenedBy(header, "first").ShouldBe(0);
        KeySlotInfo info = header.List().Single(known => known.Slot == slot);
        (info.Kind, info.Argon2, info.Name).ShouldBe((KeySlotKind.OuterRecovery, null, "outer recovery code"));
        (header.HasOuterRecovery, inner.Header.HasOuterRecovery).ShouldBe((true, false));
        Told(outer).TryOpen(inner.Code, out RecoveryKeyPair? pair).ShouldBeFalse();
        pair.ShouldBeNull();
        using var third = new KeyHeaderFixture("third");
        OpenedBy(header, third.Header, third.Code).ShouldBe(-1);
    }

    /// <summary>Who has the outer volume open has its key, and all that its daemon tells: not what opens the private key.</summary>
    [Fact]
    public void The_key_of_the_outer_volume_does_not_open_it()
    {
        SealedRecoveryKey told = Told(outer);
        byte[] encoded = told.Encoded.ToArray();

        encoded.Length.ShouldBe(SealedRecoveryKey.Size);
        encoded.AsSpan().IndexOf(outer.VolumeKey.Span).ShouldBe(-1);
        using SecretBytes wrappingKey = KeyHeader.PrivateKeyWrappingKey(outer.VolumeKey, KeyHeaderFixture.VolumeId);
        WrappedKey.TryUnwrap(wrappingKey, encoded.AsSpan(0, 81), encoded.AsSpan(113), out _).ShouldBeFalse();
    }

    [Fact]
    public void A_new_code_made_with_the_old_one_opens_it_and_one_made_without_does_not()
    {
        KeyHeader header = Sealed(out int slot);

        KeyHeader kept = outer.Header.ReplaceRecovery(outer.VolumeKey, outer.Code, out RecoveryCode second);
        OpenedBy(header, kept, second).ShouldBe(slot);
        kept.ReadRecoveryKey(outer.VolumeKey)!.TryOpen(outer.Code, out _).ShouldBeFalse("the old code");
        header.IsSealedTo(inner.VolumeKey, kept.RecoveryPublicKey).ShouldBeTrue();

        KeyHeader other = kept.ReplaceRecovery(outer.VolumeKey, current: null, out RecoveryCode third);
        OpenedBy(header, other, third).ShouldBe(-1);
        header.IsSealedTo(inner.VolumeKey, other.RecoveryPublicKey).ShouldBeFalse();
        KeyHeader renewed = header.SealToOuter(inner.VolumeKey, other.RecoveryPublicKey, TimeProvider.System, out int again);
        again.ShouldBe(slot, "in the place of the old one");
        OpenedBy(renewed, other, third).ShouldBe(slot);
        OpenedBy(renewed, kept, second).ShouldBe(-1);
        second.Dispose();
        third.Dispose();
    }

    [Fact]
    public void Nothing_in_two_slots_shows_that_they_are_for_the_same_volume()
    {
        byte[] one = SlotBytes(Sealed(out int slot), slot);
        byte[] two = SlotBytes(Sealed(out int other), other);

        one.AsSpan().IndexOf(outer.Header.RecoveryPublicKey[1..33]).ShouldBe(-1);
        foreach ((int start, int length) in ((int, int)[])[(32, 32), (64, 60), (ExtraAt + 1, 32), (ExtraAt + 33, 32), (MarkAt, 32)])
        {
            one.AsSpan(start, length).SequenceEqual(two.AsSpan(start, length)).ShouldBeFalse($"at {start}");
        }
    }

    [Theory]
    [InlineData(32)]
    [InlineData(64)]
    [InlineData(90)]
    [InlineData(ExtraAt + 1)]
    [InlineData(ExtraAt + 64)]
    [InlineData(MarkAt)]
    public void A_changed_byte_opens_nothing_and_the_passphrase_finds_the_change(int at)
    {
        byte[] bytes = KeyHeaderFixture.Bytes(Sealed(out int slot));
        KeyHeaderLayout.Slot(bytes, slot)[at] ^= 1;
        KeyHeader header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        OpenedBy(header, outer.Header, outer.Code).ShouldBe(-1);
        using Passphrase first = KeyHeaderFixture.Pass("first");
        Should.Throw<KeyHeaderException>(() => header.TryUnlock(first, out _, out _)).Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    /// <summary>The negative of the point has the same X, and the agreement gives the same number.</summary>
    [Fact]
    public void The_other_point_of_the_same_x_opens_nothing()
    {
        byte[] bytes = KeyHeaderFixture.Bytes(Sealed(out int slot));
        Span<byte> y = KeyHeaderLayout.Slot(bytes, slot).Slice(ExtraAt + 33, 32);
        var prime = new System.Numerics.BigInteger(Convert.FromHexString("FFFFFFFF00000001000000000000000000000000FFFFFFFFFFFFFFFFFFFFFFFF"), isUnsigned: true, isBigEndian: true);
        byte[] negative = (prime - new System.Numerics.BigInteger(y, isUnsigned: true, isBigEndian: true)).ToByteArray(isUnsigned: true, isBigEndian: true);
        y.Clear();
        negative.CopyTo(y[(32 - negative.Length)..]);

        RecoveryKeyPair.IsPublicKey(KeyHeaderLayout.Slot(bytes, slot).Slice(ExtraAt, 65)).ShouldBeTrue();
        OpenedBy(KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes)), outer.Header, outer.Code).ShouldBe(-1);
    }

    [Fact]
    public void A_point_that_is_not_on_the_curve_is_not_computed_with()
    {
        byte[] point = outer.Header.RecoveryPublicKey.ToArray();
        RecoveryKeyPair.IsPublicKey(point).ShouldBeTrue();
        point[64] ^= 1;
        RecoveryKeyPair.IsPublicKey(point).ShouldBeFalse();
        RecoveryKeyPair.IsPublicKey(new byte[65]).ShouldBeFalse();
        RecoveryKeyPair.IsPublicKey([4, .. new byte[64]]).ShouldBeFalse();
        RecoveryKeyPair.IsPublicKey([4, .. Enumerable.Repeat((byte)255, 64)]).ShouldBeFalse();
        RecoveryKeyPair.IsPublicKey(point.AsSpan(0, 64)).ShouldBeFalse();
        using RecoveryKeyPair mine = RecoveryKeyPair.Create();
        mine.TryAgree(point, new byte[32]).ShouldBeFalse();
        Should.Throw<System.Security.Cryptography.CryptographicException>(() => inner.Header.SealToOuter(inner.VolumeKey, point, TimeProvider.System, out _));
    }

    [Theory]
    [InlineData(28, 1)]
    [InlineData(29, 1)]
    [InlineData(124, 1)]
    [InlineData(16, 1)]
    [InlineData(ExtraAt, 5)]
    [InlineData(ExtraAt + 65, 1)]
    [InlineData(ExtraAt + 67, 1)]
    [InlineData(MarkAt + 32, 1)]
    [InlineData(KeySlot.Size - 1, 1)]
    public void Values_beyond_their_limits_are_refused(int at, byte value)
    {
        byte[] bytes = KeyHeaderFixture.Bytes(Sealed(out int slot));
        KeyHeaderLayout.Slot(bytes, slot)[at] = value;

        Should.Throw<KeyHeaderException>(() => KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes))).Fault.ShouldBe(KeyHeaderFault.Invalid);
    }

    [Fact]
    public void A_second_slot_of_the_kind_is_refused_and_one_in_another_place_or_volume_opens_nothing()
    {
        byte[] bytes = KeyHeaderFixture.Bytes(Sealed(out int slot));
        KeyHeaderLayout.Slot(bytes, slot).CopyTo(KeyHeaderLayout.Slot(bytes, slot + 1));
        Should.Throw<KeyHeaderException>(() => KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes))).Fault.ShouldBe(KeyHeaderFault.Invalid);

        KeyHeaderLayout.Slot(bytes, slot).Clear();
        OpenedBy(KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes)), outer.Header, outer.Code).ShouldBe(-1, "another place");

        using var another = new KeyHeaderFixture("another");
        byte[] theirs = KeyHeaderFixture.Bytes(another.Header);
        KeyHeaderLayout.Slot(KeyHeaderFixture.Bytes(Sealed(out slot)), slot).CopyTo(KeyHeaderLayout.Slot(theirs, slot));
        KeyHeader header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(theirs));
        Told(outer).TryOpen(outer.Code, out RecoveryKeyPair? pair).ShouldBeTrue();
        using (pair)
        {
            Should.Throw<KeyHeaderException>(() => header.TryUnlockWithOuter(pair, out _, out _)).Fault.ShouldBe(KeyHeaderFault.Tampered, "of the same volume id here, but another key");
        }
    }

    [Fact]
    public void It_can_be_removed_and_is_not_the_slot_that_keeps_the_volume_open()
    {
        KeyHeader header = Sealed(out int slot);

        Should.Throw<KeyHeaderException>(() => header.Remove(inner.VolumeKey, 0)).Fault.ShouldBe(KeyHeaderFault.LastPassphrase);
        using Passphrase second = KeyHeaderFixture.Pass("second");
        Should.Throw<KeyHeaderException>(() => header.Change(inner.VolumeKey, slot, second, KeyHeaderFixture.Cheap)).Fault.ShouldBe(KeyHeaderFault.NotAPassphraseSlot);
        KeyHeader removed = header.Remove(inner.VolumeKey, slot);
        removed.HasOuterRecovery.ShouldBeFalse();
        OpenedBy(removed, outer.Header, outer.Code).ShouldBe(-1);
        using var stranger = SecretBytes.Random(KeyHeader.VolumeKeySize);
        Should.Throw<KeyHeaderException>(() => header.SealToOuter(stranger, outer.Header.RecoveryPublicKey, TimeProvider.System, out _)).Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    /// <summary>A rotation does not go on with whoever is there: one who knew the key could have put himself in.</summary>
    [Fact]
    public void A_rotation_leaves_it_out_until_it_is_sealed_again()
    {
        KeyHeader header = Sealed(out _);
        using Passphrase first = KeyHeaderFixture.Pass("first");
        using SecretBytes newKey = SecretBytes.Random(KeyHeader.VolumeKeySize);

        KeyHeader rotated = header.Rotate(inner.VolumeKey, newKey, new Dictionary<int, KeyCredential> { [0] = first }, code: null, out RecoveryCode? made);

        rotated.HasOuterRecovery.ShouldBeFalse();
        KeyHeader again = rotated.SealToOuter(newKey, outer.Header.RecoveryPublicKey, TimeProvider.System, out int slot);
        Told(outer).TryOpen(outer.Code, out RecoveryKeyPair? pair).ShouldBeTrue();
        again.TryUnlockWithOuter(pair, out SecretBytes? key, out int opened).ShouldBeTrue();
        (opened, key.FixedTimeEquals(newKey), again.List().Single(known => known.Slot == slot).KeyEpoch).ShouldBe((slot, true, 2U));
        key.Dispose();
        pair.Dispose();
        made!.Dispose();
    }

    [Fact]
    public void A_header_without_recovery_has_none_until_one_is_made()
    {
        using Passphrase only = KeyHeaderFixture.Pass("only");
        KeyHeader header = KeyHeader.CreateWithoutRecovery(KeyHeaderFixture.VolumeId, only, KeyHeaderFixture.Cheap, out SecretBytes key);

        header.List().Select(slot => slot.Kind).ShouldBe([KeySlotKind.Passphrase]);
        (header.HasRecoveryCode, header.HasOuterRecovery).ShouldBe((false, false));
        header.ReadRecoveryKey(key).ShouldBeNull();
        header.RecoveryPublicKey.ContainsAnyExcept((byte)0).ShouldBeFalse();
        header.TryUnlock(only, out SecretBytes? opened, out _).ShouldBeTrue();
        opened.FixedTimeEquals(key).ShouldBeTrue();
        opened.Dispose();

        using SecretBytes newKey = SecretBytes.Random(KeyHeader.VolumeKeySize);
        KeyHeader rotated = header.Rotate(key, newKey, new Dictionary<int, KeyCredential> { [0] = only }, code: null, out RecoveryCode? none);
        (none, rotated.HasRecoveryCode).ShouldBe((null, false), "a rotation makes none");
        KeyHeader recovered = header.ReplaceRecovery(key, current: null, out RecoveryCode code);
        recovered.ReadRecoveryKey(key)!.TryOpen(code, out RecoveryKeyPair? pair).ShouldBeTrue();
        pair.Dispose();
        code.Dispose();
        key.Dispose();
    }

    [Fact]
    public void What_is_told_is_read_or_refused_whatever_is_changed_in_it()
    {
        byte[] whole = Told(outer).Encoded.ToArray();
        for (int at = 0; at < whole.Length; at++)
        {
            byte[] changed = [.. whole];
            changed[at] ^= 0x20;
            bool opens = SealedRecoveryKey.TryParse(changed, out SealedRecoveryKey? key) && key.TryOpen(outer.Code, out _);
            opens.ShouldBeFalse($"byte {at}");
            SealedRecoveryKey.TryParse(whole.AsSpan(0, at), out _).ShouldBeFalse();
        }

        SealedRecoveryKey.TryParse([.. whole, 0], out _).ShouldBeFalse();
        SealedRecoveryKey.TryParse(whole, out SealedRecoveryKey? read).ShouldBeTrue();
        read.TryOpen(outer.Code, out RecoveryKeyPair? pair).ShouldBeTrue();
        pair.PublicKey.SequenceEqual(outer.Header.RecoveryPublicKey).ShouldBeTrue();
        pair.Dispose();
    }

    [Fact]
    public void Nothing_is_told_of_a_header_that_was_changed()
    {
        byte[] bytes = KeyHeaderFixture.Bytes(outer.Header);
        using RecoveryKeyPair mine = RecoveryKeyPair.Create();
        mine.PublicKey.CopyTo(bytes.AsSpan(KeyHeaderLayout.PublicKeyAt));

        KeyHeader header = KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes));

        Should.Throw<KeyHeaderException>(() => header.ReadRecoveryKey(outer.VolumeKey)).Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    /// <summary>A header made once and kept, sealed to the volume of the worked example. A second reader in Python opened the slot from the same bytes (docs/format/keys.md, section 9).</summary>
    [Fact]
    public void A_slot_of_version_1_opens_with_the_code_of_the_worked_example()
    {
        KeyHeader around = Fixture("key-header-v1.txt");
        KeyHeader header = Fixture("key-header-v1-outer.txt");
        RecoveryCode.TryParse("HMN05-4BHFM-8N23F-T3BM0-YG1S2-G2BH7-XJ6VE-YN1SJ"u8, out RecoveryCode? code, out _).ShouldBeTrue();
        using (code)
        {
            around.TryOpenRecoveryKey(code, out RecoveryKeyPair? pair).ShouldBeTrue();
            using (pair)
            {
                header.TryUnlockWithOuter(pair, out SecretBytes? key, out int slot).ShouldBeTrue();
                slot.ShouldBe(1);
                Convert.ToHexStringLower(key.Span).ShouldBe("27f4d7853e898286244ac059dde61968aa0663ceb8e85d5f0dc64c5b577f1ee9");
                header.IsSealedTo(key, around.RecoveryPublicKey).ShouldBeTrue();
                key.Dispose();
            }
        }
    }

    private static KeyHeader Fixture(string name)
    {
        using Stream resource = typeof(OuterSlotTests).Assembly.GetManifestResourceStream(name)!;
        using var reader = new StreamReader(resource);
        return KeyBackup.Parse(reader.ReadToEnd());
    }

    private static byte[] SlotBytes(KeyHeader header, int slot) => KeyHeaderLayout.Slot(KeyHeaderFixture.Bytes(header), slot).ToArray();

    private static SealedRecoveryKey Told(KeyHeaderFixture volume) => volume.Header.ReadRecoveryKey(volume.VolumeKey)!;

    private KeyHeader Sealed(out int slot) => inner.Header.SealToOuter(inner.VolumeKey, outer.Header.RecoveryPublicKey, TimeProvider.System, out slot);

    /// <summary>The slot that a code of the outer volume opens, as the outer volume is now; −1: none, or the code is not its.</summary>
    private int OpenedBy(KeyHeader header, KeyHeader around, RecoveryCode code)
    {
        if (!around.TryOpenRecoveryKey(code, out RecoveryKeyPair? pair))
        {
            return -1;
        }

        using (pair)
        {
            if (header.TryUnlockWithOuter(pair, out SecretBytes? key, out int slot))
            {
                key.FixedTimeEquals(inner.VolumeKey).ShouldBeTrue();
                key.Dispose();
            }

            return slot;
        }
    }
}
