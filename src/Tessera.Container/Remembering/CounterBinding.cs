using System.Buffers.Binary;

namespace Tessera.Container.Remembering;

/// <summary>What a root says of the counter that the volume is bound to (docs/format/memory.md, The counter).</summary>
/// <param name="Name">By what the device finds it, 1 to <see cref="MaxName"/> bytes.</param>
/// <param name="Value">What the counter is, or is about to become, in this session.</param>
public sealed record CounterBinding(byte[] Name, ulong Value)
{
    /// <summary>Longest name, bytes.</summary>
    public const int MaxName = 128;

    /// <summary>Bytes in a root.</summary>
    internal const int Size = NameAt + MaxName;
    private const int ValueAt = 8;
    private const int NameAt = 16;

    /// <summary>Into zeros; nothing for none.</summary>
    internal static void Encode(CounterBinding? binding, Span<byte> target)
    {
        if (binding is not null)
        {
            BinaryPrimitives.WriteUInt16LittleEndian(target, (ushort)binding.Name.Length);
            BinaryPrimitives.WriteUInt64LittleEndian(target[ValueAt..], binding.Value);
            binding.Name.CopyTo(target[NameAt..]);
        }
    }

    /// <summary>False when it makes no sense; none is sense.</summary>
    internal static bool TryDecode(ReadOnlySpan<byte> source, out CounterBinding? binding)
    {
        int length = BinaryPrimitives.ReadUInt16LittleEndian(source);
        binding = length is > 0 and <= MaxName ? new CounterBinding(source.Slice(NameAt, length).ToArray(), BinaryPrimitives.ReadUInt64LittleEndian(source[ValueAt..])) : null;
        return length <= MaxName;
    }
}
