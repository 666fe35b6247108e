using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>The time in which the key slots open a new volume key and the container is of the one before (docs/format/keys.md, section 6.1, step 3).</summary>
internal static class KeySwitch
{
    /// <summary>The key before, from whichever copy of the key slots has it for the new one; null at all other times.</summary>
    public static SecretBytes? Find(IMedium medium, FixedPlaces places, SecretBytes volumeKey)
    {
        var page = new AlignedBuffer(Geometry.SlotSize);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            if (TryRead(medium, places, copy, page.Span) && KeyHeader.TryReadKeyBefore(page.Span, volumeKey, out SecretBytes? before))
            {
                return before;
            }
        }

        return null;
    }

    /// <summary>While the key is switched: makes both copies of the key slots the newest one, durable. After that, and not before, something may be sealed under the new key.</summary>
    /// <exception cref="ContainerFormatException">No copy is whole.</exception>
    public static void Settle(IMedium medium, FixedPlaces places, SealingKeys keys)
    {
        if (keys.KeyBefore is null)
        {
            return;
        }

        KeyHeaderChoice slots = Read(medium, places);
        if (slots.NeedsRepair)
        {
            Write(medium, slots.Header, places.KeySlotsOffset(slots.IsSecond ? 0 : 1));
        }
    }

    /// <summary>The container is of the new key alone: the one before goes from both copies of the key slots, after the state was noted under the name that it
    /// gives, too.</summary>
    /// <exception cref="ContainerFormatException">No copy is whole.</exception>
    public static void End(IMedium medium, FixedPlaces places, SealingKeys keys, RootMemory memory)
    {
        if (keys.KeyBefore is null)
        {
            return;
        }

        memory.Remember();
        KeyHeaderChoice slots = Read(medium, places);
        if (slots.Header.Rotation == KeyRotation.Switching)
        {
            KeyHeader without = slots.Header.WithRotation(keys.VolumeKey, KeyRotation.Resealing);
            Write(medium, without, places.KeySlotsOffset(slots.IsSecond ? 0 : 1));
            Write(medium, without, places.KeySlotsOffset(slots.IsSecond ? 1 : 0));
        }

        keys.EndSwitch();
    }

    /// <summary>Writes how far a rotation is into both copies of the key slots, unless they tell of none. Whoever calls holds the lock of that range.</summary>
    /// <exception cref="ContainerFormatException">No copy is whole.</exception>
    public static void Note(IMedium medium, FixedPlaces places, SealingKeys keys, (KeyRotation Rotation, int Done) at)
    {
        KeyHeaderChoice slots = Read(medium, places);
        if (slots.Header.Rotation == KeyRotation.Resealing)
        {
            KeyHeader noted = slots.Header.WithRotation(keys.VolumeKey, at.Rotation, at.Done);
            Write(medium, noted, places.KeySlotsOffset(slots.IsSecond ? 0 : 1));
            Write(medium, noted, places.KeySlotsOffset(slots.IsSecond ? 1 : 0));
        }
    }

    /// <summary>The copy of the key slots that counts.</summary>
    /// <exception cref="ContainerFormatException">No copy is whole.</exception>
    public static KeyHeaderChoice Read(IMedium medium, FixedPlaces places)
    {
        var first = new AlignedBuffer(Geometry.KeySlotsLength);
        var second = new AlignedBuffer(Geometry.KeySlotsLength);
        _ = TryRead(medium, places, 0, first.Span);
        _ = TryRead(medium, places, 1, second.Span);
        try
        {
            return KeyHeader.ChooseNewest(first.Span, second.Span);
        }
        catch (KeyHeaderException damage)
        {
            throw new ContainerFormatException(FormatFault.Damaged, $"The key slots cannot be read: {damage.Message}");
        }
    }

    private static bool TryRead(IMedium medium, FixedPlaces places, int copy, Span<byte> buffer)
    {
        try
        {
            medium.Read(places.KeySlotsOffset(copy), buffer);
            return true;
        }
        catch (MediumException)
        {
            buffer.Clear(); // Unreadable is damaged: the other copy may be whole.
            return false;
        }
    }

    private static void Write(IMedium medium, KeyHeader header, long offset)
    {
        var bytes = new AlignedBuffer(Geometry.KeySlotsLength);
        header.Encode(bytes.Span);
        medium.Write(offset, bytes.Span, WriteMode.Direct);
        medium.Flush();
    }
}
