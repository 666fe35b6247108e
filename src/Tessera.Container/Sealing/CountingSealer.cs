using Tessera.Crypto;

namespace Tessera.Container.Sealing;

/// <summary>Counts the bytes that another sealer seals and opens. It owns the other one.</summary>
internal sealed class CountingSealer(UnitSealer inner, SealCounters counters) : UnitSealer
{
    public override void Seal(ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> plain, Span<byte> cipher, Span<byte> tag)
    {
        inner.Seal(counter, associated, plain, cipher, tag);
        counters.Sealed.Add(plain.Length);
    }

    public override bool TryOpen(
        ulong counter, ReadOnlySpan<byte> associated, ReadOnlySpan<byte> cipher, ReadOnlySpan<byte> tag, Span<byte> plain)
    {
        counters.Opened.Add(cipher.Length);
        return inner.TryOpen(counter, associated, cipher, tag, plain);
    }

    public override void Dispose() => inner.Dispose();
}
