using System.Buffers.Binary;

namespace Tessera.Crypto.Tests.Keys;

public sealed class KeyHeaderCopiesTests
{
    [Fact]
    public void ChooseNewest_two_generations_takes_the_later_on_either_side()
    {
        using var volume = new KeyHeaderFixture();
        byte[] older = KeyHeaderFixture.Bytes(volume.Header);
        byte[] newer = KeyHeaderFixture.Bytes(volume.Header.ReplaceRecovery(volume.VolumeKey, null, out RecoveryCode code));
        code.Dispose();

        KeyHeaderChoice first = KeyHeader.ChooseNewest(newer, older);
        (first.Header.Generation, first.IsSecond, first.NeedsRepair).ShouldBe((2UL, false, true));
        KeyHeaderChoice second = KeyHeader.ChooseNewest(older, newer);
        (second.Header.Generation, second.IsSecond, second.NeedsRepair).ShouldBe((2UL, true, true));
        KeyHeaderChoice same = KeyHeader.ChooseNewest(newer, newer);
        (same.Header.Generation, same.NeedsRepair).ShouldBe((2UL, false));
    }

    // A power cut while copy B is written leaves any mixture of old and new sectors in it.
    [Fact]
    public void ChooseNewest_copy_torn_at_any_sector_falls_back_to_the_other()
    {
        using var volume = new KeyHeaderFixture();
        byte[] older = KeyHeaderFixture.Bytes(volume.Header);
        byte[] newer = KeyHeaderFixture.Bytes(volume.Header.ReplaceRecovery(volume.VolumeKey, null, out RecoveryCode code));
        code.Dispose();
        for (int cut = 512; cut < KeyHeader.Size; cut += 512)
        {
            byte[] torn = [.. newer.AsSpan(0, cut), .. older.AsSpan(cut)];
            KeyHeaderChoice choice = KeyHeader.ChooseNewest(older, torn);
            (choice.Header.Generation, choice.IsSecond, choice.NeedsRepair).ShouldBe((1UL, false, true));
            KeyHeader.ChooseNewest(torn, newer).Header.Generation.ShouldBe(2UL);
        }
    }

    [Fact]
    public void ChooseNewest_unusable_copies_say_why()
    {
        using var volume = new KeyHeaderFixture();
        using var other = new KeyHeaderFixture();
        byte[] good = KeyHeaderFixture.Bytes(volume.Header);
        byte[] damaged = [.. good];
        damaged[5000] ^= 1;
        byte[] foreign = [.. good];
        foreign[KeyHeaderLayout.VolumeIdAt] ^= 1;
        byte[] newerVersion = [.. good];
        BinaryPrimitives.WriteUInt32LittleEndian(newerVersion.AsSpan(KeyHeaderLayout.VersionAt), 2);

        FaultOf(damaged, damaged).ShouldBe(KeyHeaderFault.Damaged);
        FaultOf(new byte[KeyHeader.Size], damaged).ShouldBe(KeyHeaderFault.Damaged);
        FaultOf(new byte[KeyHeader.Size], new byte[KeyHeader.Size]).ShouldBe(KeyHeaderFault.NotAKeyHeader);
        FaultOf(good, KeyHeaderFixture.WithChecksum(foreign)).ShouldBe(KeyHeaderFault.CopiesDisagree);
        FaultOf(good, KeyHeaderFixture.WithChecksum(newerVersion)).ShouldBe(KeyHeaderFault.UnknownVersion);
    }

    private static KeyHeaderFault FaultOf(byte[] a, byte[] b) =>
        Should.Throw<KeyHeaderException>(() => KeyHeader.ChooseNewest(a, b)).Fault;
}
