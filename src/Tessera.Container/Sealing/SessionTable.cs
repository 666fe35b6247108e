using System.Buffers.Binary;

namespace Tessera.Container.Sealing;

/// <summary>The codec of the session table: number and salt of every session whose seals may still be referred to.</summary>
internal static class SessionTable
{
    private const int EntrySize = 8 + SealingKeys.SaltLength;

    public static byte[] Encode(IEnumerable<KeyValuePair<uint, byte[]>> sessions)
    {
        using var table = new MemoryStream();
        byte[] entry = new byte[EntrySize];
        foreach ((uint session, byte[] salt) in sessions)
        {
            BinaryPrimitives.WriteUInt32LittleEndian(entry, session);
            salt.CopyTo(entry, 8);
            table.Write(entry);
        }

        return table.ToArray();
    }

    /// <summary>Adds the sessions of a table to the keys; the highest number.</summary>
    public static uint Load(ReadOnlySpan<byte> table, SealingKeys keys)
    {
        uint highest = 0;
        for (; table.Length >= EntrySize; table = table[EntrySize..])
        {
            uint session = BinaryPrimitives.ReadUInt32LittleEndian(table);
            keys.AddSession(session, table.Slice(8, SealingKeys.SaltLength).ToArray());
            highest = Math.Max(highest, session);
        }

        return highest;
    }
}
