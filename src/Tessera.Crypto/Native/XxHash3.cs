using System.Runtime.InteropServices;

namespace Tessera.Crypto.Native;

/// <summary>XXH3 with 128 bits of output (xxhash.h 0.8).</summary>
internal static unsafe partial class XxHash3
{
    static XxHash3() => NativeDependencies.Register();

    /// <summary>The hash of <paramref name="input"/>, as the C library returns it: two words in the machine's order.</summary>
    public static Hash Compute(ReadOnlySpan<byte> input)
    {
        fixed (byte* start = input)
        {
            return Compute(start, (nuint)input.Length);
        }
    }

    [LibraryImport(NativeDependencies.XxHash, EntryPoint = "XXH3_128bits")]
    private static partial Hash Compute(byte* input, nuint length);

    /// <summary>XXH128_hash_t.</summary>
    [StructLayout(LayoutKind.Sequential)]
    internal readonly struct Hash
    {
        public readonly ulong Low;
        public readonly ulong High;
    }
}
