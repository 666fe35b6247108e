namespace Tessera.Crypto;

/// <summary>A passphrase as the bytes that were typed or read, kept like any secret.</summary>
/// <remarks>
/// The bytes are taken as they are, UTF-8 where they come from a terminal: no Unicode normalization, no trimming of blanks, so that a
/// passphrase means the same on every system and version. Only one line end at the end is dropped, which editors and echo add to files.
/// </remarks>
public sealed class Passphrase : IDisposable
{
    /// <summary>Longest passphrase in bytes, room for a key file.</summary>
    public const int MaxLength = 64 * 1024;

    private readonly SecretBytes _bytes;

    private Passphrase(SecretBytes bytes) => _bytes = bytes;

    internal ReadOnlySpan<byte> Bytes => _bytes.Span;

    /// <summary>Takes a copy of the bytes, without one line end (LF or CR LF) at the end.</summary>
    /// <param name="bytes">What was typed or read; the caller still has to clear it.</param>
    /// <exception cref="ArgumentException">The passphrase is empty or longer than <see cref="MaxLength"/>.</exception>
    public static Passphrase FromBytes(ReadOnlySpan<byte> bytes)
    {
        if (bytes is [.., (byte)'\n'])
        {
            bytes = bytes[..^1];
            if (bytes is [.., (byte)'\r'])
            {
                bytes = bytes[..^1];
            }
        }

        if (bytes.IsEmpty)
        {
            throw new ArgumentException("The passphrase is empty.", nameof(bytes));
        }

        if (bytes.Length > MaxLength)
        {
            throw new ArgumentException("The passphrase is longer than 64 KiB.", nameof(bytes));
        }

        return new Passphrase(SecretBytes.CopyOf(bytes));
    }

    /// <summary>Whether two passphrases are the same, for asking twice.</summary>
    public bool Matches(Passphrase other) => _bytes.FixedTimeEquals(other._bytes);

    /// <summary>Never the content.</summary>
    public override string ToString() => nameof(Passphrase);

    public void Dispose() => _bytes.Dispose();
}
