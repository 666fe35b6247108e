using System.Text;

namespace Tessera.Crypto.Tests.Keys;

/// <summary>Another volume key in a header (docs/format/keys.md, section 6.1).</summary>
public sealed class KeyRotationTests : IDisposable
{
    /// <summary>Of the fixture, which version 1 of the format must open for as long as Tessera exists.</summary>
    private const string FixtureKey = "746ac23e36e40d1d54435bfaad902bd8850bcea1df780768a1453e40e154e021";
    private const string FixtureKeyBefore = "11dbb5183a78cc745219210edead33915fff12a81a3e2231e1c40d25a9ebddd9";
    private readonly KeyHeaderFixture volume = new();
    private readonly Passphrase first = KeyHeaderFixture.Pass("first");
    private readonly SecretBytes newKey = SecretBytes.Random(KeyHeader.VolumeKeySize);

    public void Dispose()
    {
        volume.Dispose();
        first.Dispose();
        newKey.Dispose();
    }

    [Fact]
    public void Slots_that_stay_open_the_new_key_and_all_others_are_empty()
    {
        using Passphrase second = KeyHeaderFixture.Pass("second");
        KeyHeader before = volume.Header.Add(volume.VolumeKey, second, KeyHeaderFixture.Cheap, out int other);

        KeyHeader rotated = Rotate(before, code: null, out RecoveryCode? code);

        (rotated.KeyEpoch, rotated.Rotation, rotated.Generation).ShouldBe((2u, KeyRotation.Switching, 3ul));
        rotated.List().Select(slot => (slot.Slot, slot.Name, slot.KeyEpoch)).ShouldBe([(0, "laptop", 2u), (1, "recovery code", 2u)]);
        KeyHeaderLayout.Slot(KeyHeaderFixture.Bytes(rotated), other).ToArray().ShouldAllBe(b => b == 0);
        rotated.TryUnlock(second, out _, out _).ShouldBeFalse();
        rotated.TryUnlock(first, out SecretBytes? key, out _).ShouldBeTrue();
        key.FixedTimeEquals(newKey).ShouldBeTrue();
        key.Dispose();
        rotated.TryUnlockWithCode(volume.Code, out _, out _).ShouldBeFalse();
        rotated.TryOpenRecoveryKey(code!, out RecoveryKeyPair? pair).ShouldBeTrue();
        pair.Dispose();
        code!.Dispose();
    }

    [Fact]
    public void Recovery_code_that_is_given_stays_with_its_pair()
    {
        KeyHeader rotated = Rotate(volume.Header, volume.Code, out RecoveryCode? code);

        code.ShouldBeNull();
        rotated.RecoveryPublicKey.SequenceEqual(volume.Header.RecoveryPublicKey).ShouldBeTrue();
        rotated.TryOpenRecoveryKey(volume.Code, out RecoveryKeyPair? pair).ShouldBeTrue();
        pair.Dispose();
    }

    [Fact]
    public void Key_before_is_told_to_who_has_the_new_one_and_only_while_it_switches()
    {
        KeyHeader switching = Rotate(volume.Header, volume.Code, out _);

        KeyHeader.TryReadKeyBefore(KeyHeaderFixture.Bytes(switching), newKey, out SecretBytes? before).ShouldBeTrue();
        before.FixedTimeEquals(volume.VolumeKey).ShouldBeTrue();
        before.Dispose();
        KeyHeader.TryReadKeyBefore(KeyHeaderFixture.Bytes(switching), volume.VolumeKey, out _).ShouldBeFalse();
        byte[] changed = KeyHeaderFixture.Bytes(switching);
        changed[KeyHeaderLayout.KeyEpochAt]++;
        KeyHeader.TryReadKeyBefore(changed, newKey, out _).ShouldBeFalse();

        KeyHeader resealing = switching.WithRotation(newKey, KeyRotation.Resealing, 420);
        (resealing.Rotation, resealing.RotationDone).ShouldBe((KeyRotation.Resealing, 420));
        KeyHeader.TryReadKeyBefore(KeyHeaderFixture.Bytes(resealing), newKey, out _).ShouldBeFalse();
        KeyHeader done = resealing.WithRotation(newKey, KeyRotation.None);
        (done.Rotation, done.RotationDone, done.KeyEpoch).ShouldBe((KeyRotation.None, 0, 2u));
        Should.Throw<KeyHeaderException>(() => done.WithRotation(volume.VolumeKey, KeyRotation.Resealing)).Fault.ShouldBe(KeyHeaderFault.Tampered);
    }

    [Fact]
    public void Slots_added_later_are_of_the_new_epoch_and_a_header_with_the_code_alone_is_refused()
    {
        using Passphrase second = KeyHeaderFixture.Pass("second");
        KeyHeader rotated = Rotate(volume.Header, volume.Code, out _).WithRotation(newKey, KeyRotation.Resealing).Add(newKey, second, KeyHeaderFixture.Cheap, out int slot);

        rotated.List().Single(added => added.Slot == slot).KeyEpoch.ShouldBe(2u);
        rotated.OpenedBy(second, [], out SecretBytes? key).ShouldBe([slot]);
        key!.FixedTimeEquals(newKey).ShouldBeTrue();
        key.Dispose();
        Should.Throw<KeyHeaderException>(() => volume.Header.Rotate(volume.VolumeKey, newKey, new Dictionary<int, KeyCredential>(), code: null, out _)).Fault.ShouldBe(KeyHeaderFault.LastPassphrase);
    }

    [Theory]
    [InlineData(KeyHeaderLayout.RotationAt, 3)]
    [InlineData(KeyHeaderLayout.RotationAt, 1)]
    [InlineData(KeyHeaderLayout.RotationAt + 1, 1)]
    [InlineData(KeyHeaderLayout.RotationDoneAt, 1)]
    [InlineData(KeyHeaderLayout.KeyBeforeAt, 1)]
    public void Fields_that_do_not_fit_each_other_are_refused(int at, byte value)
    {
        byte[] bytes = KeyHeaderFixture.Bytes(volume.Header);
        bytes[at] = value;
        Should.Throw<KeyHeaderException>(() => KeyHeader.Parse(KeyHeaderFixture.WithChecksum(bytes))).Fault.ShouldBe(KeyHeaderFault.Invalid);
    }

    [Fact]
    public void Version_1_that_is_switching_opens_and_tells_the_key_before()
    {
        using Stream resource = typeof(KeyRotationTests).Assembly.GetManifestResourceStream("key-header-v1-switching.txt")!;
        using var reader = new StreamReader(resource, Encoding.ASCII);
        KeyHeader header = KeyBackup.Parse(reader.ReadToEnd());
        using Passphrase passphrase = KeyHeaderFixture.Pass("correct horse battery staple");

        header.TryUnlock(passphrase, out SecretBytes? key, out _).ShouldBeTrue();
        KeyHeader.TryReadKeyBefore(KeyHeaderFixture.Bytes(header), key, out SecretBytes? before).ShouldBeTrue();

        Convert.ToHexStringLower(key.Span).ShouldBe(FixtureKey);
        Convert.ToHexStringLower(before.Span).ShouldBe(FixtureKeyBefore);
        key.Dispose();
        before.Dispose();
    }

    private KeyHeader Rotate(KeyHeader header, RecoveryCode? code, out RecoveryCode? newCode) =>
        header.Rotate(volume.VolumeKey, newKey, new Dictionary<int, KeyCredential> { [0] = first }, code, out newCode);
}
