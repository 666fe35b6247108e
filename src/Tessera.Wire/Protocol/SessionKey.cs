using System.Security.Cryptography;

namespace Tessera.Wire.Protocol;

/// <summary>What names a session and lets its connection be made anew: an id, and a token that only its two ends know.</summary>
public sealed class SessionKey
{
    public const int IdSize = 16;
    public const int TokenSize = 32;
    public const int Size = IdSize + TokenSize;

    private readonly byte[] bytes;

    private SessionKey(byte[] bytes) => this.bytes = bytes;

    /// <summary>A HELLO with this key asks for a new session.</summary>
    public static SessionKey None { get; } = new(new byte[Size]);

    public bool IsNone => !bytes.AsSpan().ContainsAnyExcept((byte)0);

    /// <summary>Id and token, one after the other.</summary>
    internal ReadOnlySpan<byte> Bytes => bytes;

    public static SessionKey Create() => new(RandomNumberGenerator.GetBytes(Size));

    internal static SessionKey From(ReadOnlySpan<byte> bytes) => new(bytes.ToArray());

    /// <summary>In a time that tells nothing of where they differ.</summary>
    public bool Matches(SessionKey other) => CryptographicOperations.FixedTimeEquals(bytes, other.bytes);

    /// <summary>The id's first bytes, for logs. The token is in none.</summary>
    public override string ToString() => Convert.ToHexStringLower(bytes.AsSpan(0, 4));
}
