using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Tessera.Crypto.Native;

namespace Tessera.Crypto;

/// <summary>An AEAD cipher of OpenSSL with 256-bit key, 96-bit nonce and 128-bit tag.</summary>
/// <remarks>
/// .NET's AesGcm sets up the cipher on every call and is a third slower at 4 KiB; here a context keeps the key schedule and a call sets
/// only the nonce.
/// </remarks>
internal sealed unsafe class AeadSealer : UnitSealer
{
    private readonly CipherContextPool _sealing;
    private readonly CipherContextPool _opening;

    public AeadSealer(string algorithm, ReadOnlySpan<byte> key)
    {
        nint cipher = OpenSsl.FetchCipher(0, algorithm, 0);
        if (cipher == 0)
        {
            OpenSsl.ClearErrors();
            throw new PlatformNotSupportedException($"This OpenSSL does not offer {algorithm}.");
        }

        _sealing = new CipherContextPool(cipher, encrypts: true, key);
        _opening = new CipherContextPool(cipher, encrypts: false, key);
    }

    [SkipLocalsInit]
    public override void Seal(ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag)
    {
        CheckBuffers(plain, cipher, tag);
        byte* nonce = stackalloc byte[NonceSize];
        WriteNonce(counter, nonce);
        nint context = _sealing.Rent();
        int written;
        bool ok;
        fixed (byte* a = associated, p = plain, c = cipher, t = tag)
        {
            ok = OpenSsl.EncryptInit(context, 0, 0, null, nonce) == 1
                && (associated.IsEmpty || OpenSsl.EncryptUpdate(context, null, &written, a, associated.Length) == 1)
                && (plain.IsEmpty || OpenSsl.EncryptUpdate(context, c, &written, p, plain.Length) == 1)
                && OpenSsl.EncryptFinal(context, nonce, &written) == 1 // writes nothing for a stream cipher; the pointer must not be null
                && OpenSsl.Control(context, OpenSsl.GetTag, TagSize, t) == 1;
        }

        if (!ok)
        {
            DiscardFailed(context);
            CryptographicOperations.ZeroMemory(cipher);
            throw new CryptographicException("OpenSSL failed to seal a unit.");
        }

        _sealing.Return(context);
    }

    [SkipLocalsInit]
    public override bool TryOpen(
        ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        CheckBuffers(cipher, plain, tag);
        byte* nonce = stackalloc byte[NonceSize];
        WriteNonce(counter, nonce);
        nint context = _opening.Rent();
        int written;
        bool ready;
        bool authentic;
        fixed (byte* a = associated, c = cipher, t = tag, p = plain)
        {
            ready = OpenSsl.DecryptInit(context, 0, 0, null, nonce) == 1
                && OpenSsl.Control(context, OpenSsl.SetTag, TagSize, t) == 1
                && (associated.IsEmpty || OpenSsl.DecryptUpdate(context, null, &written, a, associated.Length) == 1)
                && (cipher.IsEmpty || OpenSsl.DecryptUpdate(context, p, &written, c, cipher.Length) == 1);
            authentic = ready && OpenSsl.DecryptFinal(context, nonce, &written) == 1;
        }

        if (authentic)
        {
            _opening.Return(context);
            return true;
        }

        CryptographicOperations.ZeroMemory(plain);
        if (!ready)
        {
            DiscardFailed(context);
            throw new CryptographicException("OpenSSL failed to open a unit.");
        }

        // A failed tag leaves an entry in this thread's error queue, where the next reader would take it for its own.
        OpenSsl.ClearErrors();
        _opening.Return(context);
        return false;
    }

    public override void Dispose()
    {
        _sealing.Dispose();
        _opening.Dispose();
    }

    private static void WriteNonce(ulong counter, byte* nonce)
    {
        var bytes = new Span<byte>(nonce, NonceSize);
        BinaryPrimitives.WriteUInt32BigEndian(bytes, 0);
        BinaryPrimitives.WriteUInt64BigEndian(bytes[4..], counter);
    }

    private static void DiscardFailed(nint context)
    {
        OpenSsl.FreeContext(context);
        OpenSsl.ClearErrors();
    }
}
