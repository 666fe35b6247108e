using System.Buffers.Binary;
using System.Security.Cryptography;
using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>The codec of the session table: number, key epoch and salt of every session since the container was made; and the key of an older epoch, as long as
/// something may be sealed under it.</summary>
internal static class SessionTable
{
    private const int EntrySize = 8 + SealingKeys.SaltLength;

    /// <summary>No session has it: the entry is a key's.</summary>
    private const uint KeyEntry = 0;

    public static byte[] Encode(SealingKeys keys)
    {
        using var table = new MemoryStream();
        byte[] entry = new byte[EntrySize];
        foreach ((uint session, SessionEntry known) in keys.Sessions)
        {
            Write(entry, session, known.Epoch, known.Salt);
            table.Write(entry);
        }

        if (keys.OlderKey is { } older)
        {
            Write(entry, KeyEntry, keys.OlderEpoch, older.Span);
            table.Write(entry);
        }

        CryptographicOperations.ZeroMemory(entry);
        return table.ToArray();
    }

    /// <summary>The table of a container that has one session.</summary>
    public static byte[] EncodeFirst(uint session, byte[] salt)
    {
        byte[] entry = new byte[EntrySize];
        Write(entry, session, epoch: 1, salt);
        return entry;
    }

    /// <summary>Adds the sessions of a table to the keys; the highest number.</summary>
    /// <param name="table">What the chain holds.</param>
    /// <param name="keys">They learn which epoch the volume key is of.</param>
    /// <param name="isOfKeyBefore">The key before has opened the root that names it: the volume key is of the epoch that comes next.</param>
    public static uint Load(ReadOnlySpan<byte> table, SealingKeys keys, bool isOfKeyBefore = false)
    {
        uint highest = 0;
        uint newest = 1;
        (uint Epoch, SecretBytes Key)? older = null;
        var known = new List<KeyValuePair<uint, SessionEntry>>(table.Length / EntrySize);
        for (ReadOnlySpan<byte> rest = table; rest.Length >= EntrySize; rest = rest[EntrySize..])
        {
            uint session = BinaryPrimitives.ReadUInt32LittleEndian(rest);
            uint epoch = Math.Min(BinaryPrimitives.ReadUInt32LittleEndian(rest[4..]), uint.MaxValue - 2) + 1;
            ReadOnlySpan<byte> salt = rest.Slice(8, SealingKeys.SaltLength);
            if (session == KeyEntry)
            {
                older?.Key.Dispose();
                older = (epoch, SecretBytes.CopyOf(salt));
                continue;
            }

            known.Add(new(session, new SessionEntry(salt.ToArray(), epoch)));
            highest = Math.Max(highest, session);
            newest = Math.Max(newest, epoch);
        }

        if (isOfKeyBefore)
        {
            older?.Key.Dispose(); // None of a container whose key was allowed to change.
            older = (newest, SecretBytes.CopyOf(keys.KeyBefore!.Span));
            newest++;
        }

        keys.Adopt(known, newest, older);
        return highest;
    }

    private static void Write(Span<byte> entry, uint session, uint epoch, ReadOnlySpan<byte> salt)
    {
        BinaryPrimitives.WriteUInt32LittleEndian(entry, session);
        BinaryPrimitives.WriteUInt32LittleEndian(entry[4..], epoch - 1);
        salt.CopyTo(entry[8..]);
    }
}
