using System.Text;

namespace Tessera.Crypto.Tests.Keys;

public sealed class HiddenSlotsTests
{
    private static readonly Argon2Parameters s_cheap = HiddenSlots.Cost(memoryKiB: 8 * 1024);
    private readonly HiddenSlots _slots = HiddenSlots.Create();
    private readonly SecretBytes _key = SecretBytes.Random(KeyHeader.VolumeKeySize);

    [Fact]
    public void Every_passphrase_opens_its_slot_and_another_one_none()
    {
        Put(0, "first");
        Put(15, "last");

        Opened("first").ShouldBe(0);
        Opened("last").ShouldBe(15);
        Opened("none").ShouldBeNull();
    }

    [Fact]
    public void A_recovery_code_opens_its_slot()
    {
        using RecoveryCode code = RecoveryCode.Create();
        using RecoveryCode other = RecoveryCode.Create();
        _slots.Put(3, code, _key);

        Opened(TextOf(code)).ShouldBe(3);
        Opened(TextOf(other)).ShouldBeNull();
    }

    [Fact]
    public void A_slot_that_was_cleared_opens_no_more()
    {
        Put(2, "gone");
        _slots.Clear(2);

        Opened("gone").ShouldBeNull();
    }

    [Fact]
    public void A_slot_in_another_place_or_under_another_salt_does_not_open()
    {
        Put(1, "moved");
        byte[] image = _slots.Image.ToArray();
        const int Slot = (HiddenSlots.Size - KeyDerivation.SaltSize) / KeyHeader.SlotCount;
        byte[] moved = HiddenSlots.Create().Image.ToArray();
        image.AsSpan(KeyDerivation.SaltSize + Slot, Slot).CopyTo(moved.AsSpan(KeyDerivation.SaltSize + Slot));
        byte[] exchanged = [.. image];
        image.AsSpan(KeyDerivation.SaltSize + Slot, Slot).CopyTo(exchanged.AsSpan(KeyDerivation.SaltSize));
        HiddenSlots.Create().Image.Slice(KeyDerivation.SaltSize, Slot).CopyTo(exchanged.AsSpan(KeyDerivation.SaltSize + Slot));

        Opened("moved").ShouldBe(1);
        Opened("moved", new HiddenSlots(moved)).ShouldBeNull();
        Opened("moved", new HiddenSlots(exchanged)).ShouldBeNull();
    }

    [Fact]
    public void Another_cost_opens_nothing()
    {
        Put(0, "first");
        using Passphrase passphrase = Passphrase.FromBytes("first"u8);

        _slots.TryUnlock(passphrase, HiddenSlots.Cost(memoryKiB: 9 * 1024), out _, out _).ShouldBeFalse();
    }

    /// <summary>Lanes that followed the machine would make a volume that opens on no other.</summary>
    [Fact]
    public void The_cost_is_the_same_on_every_machine() => HiddenSlots.Cost().ShouldBe(new Argon2Parameters(256 * 1024, 3, 4));

    [Fact]
    public void Both_copies_of_hidden_keys_open_and_share_no_byte_string()
    {
        HiddenKeys keys = HiddenKeys.Create();
        using Passphrase passphrase = Passphrase.FromBytes("both"u8);
        keys.Put(4, passphrase, s_cheap, _key);

        Opened("both", keys.First).ShouldBe(4);
        Opened("both", keys.Second).ShouldBe(4);
        for (int at = 0; at + 16 <= HiddenSlots.Size; at++)
        {
            keys.Second.Image.IndexOf(keys.First.Image.Slice(at, 16)).ShouldBe(-1);
        }
    }

    private static string TextOf(RecoveryCode code)
    {
        Span<char> text = stackalloc char[RecoveryCode.TextLength];
        code.WriteTo(text);
        return new string(text);
    }

    private void Put(int slot, string passphrase)
    {
        using Passphrase parsed = Passphrase.FromBytes(Encoding.UTF8.GetBytes(passphrase));
        _slots.Put(slot, parsed, s_cheap, _key);
    }

    /// <summary>The slot that opened, with the right key in it.</summary>
    private int? Opened(string passphrase, HiddenSlots? slots = null)
    {
        using Passphrase parsed = Passphrase.FromBytes(Encoding.UTF8.GetBytes(passphrase));
        if (!(slots ?? _slots).TryUnlock(parsed, s_cheap, out SecretBytes? key, out int slot))
        {
            slot.ShouldBe(-1);
            return null;
        }

        using (key)
        {
            key.FixedTimeEquals(_key).ShouldBeTrue();
        }

        return slot;
    }
}
