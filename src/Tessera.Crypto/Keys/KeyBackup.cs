using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;

namespace Tessera.Crypto;

/// <summary>
/// A key header as text, to be printed or mailed to oneself, so that a destroyed header can be put back. It opens with the passphrases
/// and the code of its day, also those removed since; without one of them it tells nothing but the names of the slots.
/// </summary>
/// <remarks>
/// Lines of base64 (RFC 4648) of the zlib stream (RFC 1950) of the header between two marker lines, then <c>=</c> and the first eight
/// bytes of the SHA-256 of that stream, checked before anything is expanded. An empty slot costs nothing, so a usual header is some 20 lines.
/// </remarks>
public static class KeyBackup
{
    /// <summary>Characters of a backup, at most: a header that does not compress, with room for line ends.</summary>
    public const int MaxTextLength = 64 * 1024;

    private const string Begin = "-----BEGIN TESSERA KEY BACKUP-----";
    private const string End = "-----END TESSERA KEY BACKUP-----";
    private const int LineLength = 64;
    private const int ChecksumSize = 8;

    /// <summary>The header as text with LF line ends.</summary>
    public static string Encode(KeyHeader header)
    {
        byte[] bytes = new byte[KeyHeader.Size];
        header.Encode(bytes);
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.SmallestSize, leaveOpen: true))
        {
            zlib.Write(bytes);
        }

        var text = new StringBuilder();
        text.Append(Begin).Append('\n');
        text.Append(CultureInfo.InvariantCulture, $"Volume: {Convert.ToHexStringLower(header.VolumeId)}\n");
        text.Append(CultureInfo.InvariantCulture, $"Generation: {header.Generation}\n\n");
        byte[] stream = compressed.ToArray();
        foreach (char[] line in Convert.ToBase64String(stream).Chunk(LineLength))
        {
            text.Append(line).Append('\n');
        }

        text.Append('=').Append(Checksum(stream)).Append('\n').Append(End).Append('\n');
        return text.ToString();
    }

    /// <summary>Reads a backup; text before and after the marker lines, and blanks at line ends, do not matter.</summary>
    /// <exception cref="KeyHeaderException"><see cref="KeyHeaderFault.BadBackup"/> saying what is wrong, or what
    /// <see cref="KeyHeader.Parse"/> finds.</exception>
    public static KeyHeader Parse(string text)
    {
        if (text.Length > MaxTextLength)
        {
            throw Bad("it is too long.");
        }

        string[] lines = text.Split('\n', StringSplitOptions.TrimEntries);
        int first = Array.IndexOf(lines, Begin);
        int last = Array.IndexOf(lines, End);
        if (first < 0 || last < first)
        {
            throw Bad("its first or last line is missing.");
        }

        // The lines with a colon are for people; the header itself says the same, authenticated.
        string[] body = [.. lines[(first + 1)..last].Where(l => l.Length > 0 && !l.Contains(':', StringComparison.Ordinal))];
        if (body.Length < 2 || body[^1][0] != '=')
        {
            throw Bad("its checksum is missing.");
        }

        byte[] stream = Decode(string.Concat(body[..^1]));
        if (!string.Equals(body[^1][1..], Checksum(stream), StringComparison.OrdinalIgnoreCase))
        {
            throw Bad("its checksum does not fit; compare it with the original.");
        }

        return KeyHeader.Parse(Decompress(stream));
    }

    private static byte[] Decode(string base64)
    {
        try
        {
            return Convert.FromBase64String(base64);
        }
        catch (FormatException)
        {
            throw Bad("a line is mistyped or missing.");
        }
    }

    private static byte[] Decompress(byte[] stream)
    {
        byte[] bytes = new byte[KeyHeader.Size];
        try
        {
            using var zlib = new ZLibStream(new MemoryStream(stream), CompressionMode.Decompress);
            zlib.ReadExactly(bytes); // never more than a header, whatever the stream would expand to
            return zlib.ReadByte() < 0 ? bytes : throw Bad("it is too long.");
        }
        catch (Exception e) when (e is InvalidDataException or EndOfStreamException)
        {
            throw Bad("it does not hold a key header.");
        }
    }

    private static string Checksum(ReadOnlySpan<byte> stream) =>
        Convert.ToHexStringLower(SHA256.HashData(stream).AsSpan(0, ChecksumSize));

    private static KeyHeaderException Bad(string detail) => new(KeyHeaderFault.BadBackup, detail);
}
