using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Crypto.Native;

namespace Tessera.Crypto;

/// <summary>
/// The profile <c>plain</c>: content is stored as it is, and the tag finds damage, a stale copy and a misplaced unit. It is no
/// authentication: XXH3 does not resist somebody who wants a collision.
/// </summary>
/// <remarks>
/// tag = XXH3-128(key ‖ counter ‖ length ‖ XXH3-128(associated) ‖ XXH3-128(content)), integers and hashes little-endian: one pass over
/// the content and a constant 80 bytes more, whatever the length of the associated data.
/// </remarks>
internal sealed class ChecksumSealer : UnitSealer
{
    private const int CounterAt = KeySize;
    private const int LengthAt = CounterAt + 8;
    private const int AssociatedAt = LengthAt + 8;
    private const int ContentAt = AssociatedAt + TagSize;
    private const int BoundSize = ContentAt + TagSize;

    private readonly SecretBytes _key;

    public ChecksumSealer(ReadOnlySpan<byte> key) => _key = SecretBytes.CopyOf(key);

    public override void Seal(ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag)
    {
        CheckBuffers(plain, cipher, tag);
        CopyUnlessSame(plain, cipher);
        ComputeTag(counter, associated, cipher, tag);
    }

    public override bool TryOpen(
        ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        CheckBuffers(cipher, plain, tag);

        // The copy is hashed, not the original: what the caller gets is what was checked, even if the source changes meanwhile.
        CopyUnlessSame(cipher, plain);
        Span<byte> expected = stackalloc byte[TagSize];
        ComputeTag(counter, associated, plain, expected);
        if (expected.SequenceEqual(tag))
        {
            return true;
        }

        plain.Clear();
        return false;
    }

    public override void Dispose() => _key.Dispose();

    [SkipLocalsInit]
    private void ComputeTag(ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> content, Span<byte> tag)
    {
        Span<byte> bound = stackalloc byte[BoundSize];
        _key.Span.CopyTo(bound);
        BinaryPrimitives.WriteUInt64LittleEndian(bound[CounterAt..], counter);
        BinaryPrimitives.WriteUInt64LittleEndian(bound[LengthAt..], (ulong)content.Length);
        Write(XxHash3.Compute(associated), bound[AssociatedAt..]);
        Write(XxHash3.Compute(content), bound[ContentAt..]);
        Write(XxHash3.Compute(bound), tag);
        CryptographicOperations.ZeroMemory(bound[..KeySize]);
    }

    private static void Write(XxHash3.Hash hash, Span<byte> target)
    {
        BinaryPrimitives.WriteUInt64LittleEndian(target, hash.Low);
        BinaryPrimitives.WriteUInt64LittleEndian(target[8..], hash.High);
    }

    private static void CopyUnlessSame(ReadOnlySpan<byte> source, Span<byte> target)
    {
        if (!Unsafe.AreSame(ref MemoryMarshal.GetReference(source),
            ref MemoryMarshal.GetReference(target)))
        {
            source.CopyTo(target);
        }
    }
}
