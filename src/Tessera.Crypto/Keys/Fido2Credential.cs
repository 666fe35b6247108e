using System.Buffers.Binary;
using System.Diagnostics.CodeAnalysis;

namespace Tessera.Crypto;

/// <summary>What a slot of kind FIDO2 keeps of an authenticator's credential; none of it is secret (docs/format/keys.md, section 4).</summary>
public sealed class Fido2Credential
{
    /// <summary>Bytes of a credential's id, at most: authenticators in use have some 50 to 250, and it is room that a slot has.</summary>
    public const int MaxIdLength = 1024;

    /// <summary>Bytes of the salt that the authenticator is given.</summary>
    public const int SaltSize = 32;

    /// <summary>Bytes of what it gives.</summary>
    public const int SecretSize = 32;

    private const int FlagsAt = 0;
    private const int IdLengthAt = 2;
    private const int SaltAt = 4;
    private const int IdAt = SaltAt + SaltSize;
    private const byte PinFlag = 1;
    private const byte TouchFlag = 2;

    private readonly byte[] _id;
    private readonly byte[] _salt;

    /// <param name="id">1 to <see cref="MaxIdLength"/> bytes; copied.</param>
    /// <param name="salt"><see cref="SaltSize"/> bytes; copied.</param>
    /// <param name="needsPin">The secret is the one that the authenticator gives to who knows its PIN; it has another for who does not.</param>
    /// <param name="needsTouch">The authenticator is asked to wait until somebody touches it.</param>
    /// <exception cref="ArgumentException">A length is beyond its limits.</exception>
    public Fido2Credential(ReadOnlySpan<byte> id, ReadOnlySpan<byte> salt, bool needsPin, bool needsTouch)
    {
        if (id.Length is 0 or > MaxIdLength || salt.Length != SaltSize)
        {
            throw new ArgumentException("A credential's id has 1 to 1,024 bytes, and its salt 32.", nameof(id));
        }

        (_id, _salt, NeedsPin, NeedsTouch) = (id.ToArray(), salt.ToArray(), needsPin, needsTouch);
    }

    public ReadOnlySpan<byte> Id => _id;

    public ReadOnlySpan<byte> Salt => _salt;

    public bool NeedsPin { get; }

    public bool NeedsTouch { get; }

    /// <summary>Writes it into a slot's last 1,600 bytes, which are zero.</summary>
    internal void WriteTo(Span<byte> extra)
    {
        extra[FlagsAt] = (byte)((NeedsPin ? PinFlag : 0) | (NeedsTouch ? TouchFlag : 0));
        BinaryPrimitives.WriteUInt16LittleEndian(extra[IdLengthAt..], (ushort)_id.Length);
        _salt.CopyTo(extra[SaltAt..]);
        _id.CopyTo(extra[IdAt..]);
    }

    /// <summary>False when a value is beyond its limits, or something is where zeros belong.</summary>
    internal static bool TryRead(ReadOnlySpan<byte> extra, [NotNullWhen(true)] out Fido2Credential? credential)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(extra[IdLengthAt..]);
        int flags = extra[FlagsAt];
        if ((flags & ~(PinFlag | TouchFlag)) != 0
            || extra[FlagsAt + 1] != 0
            || length is 0 or > MaxIdLength
            || extra[(IdAt + length)..].ContainsAnyExcept((byte)0))
        {
            credential = null;
            return false;
        }

        credential = new Fido2Credential(extra.Slice(IdAt, length), extra.Slice(SaltAt, SaltSize), (flags & PinFlag) != 0, (flags & TouchFlag) != 0);
        return true;
    }
}
