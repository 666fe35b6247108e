using System.Runtime.InteropServices;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Memory whose last byte lies against a page that nobody may touch: the first byte read beyond it ends the process (mmap(2), PROT_NONE).</summary>
internal sealed unsafe partial class GuardedMemory : IDisposable
{
    private const int PageSize = 4096;
    private const int ReadWrite = 1 | 2;
    private const int PrivateAnonymous = 2 | 0x20;
    private readonly byte* start;
    private readonly int usable;

    /// <param name="capacity">Most bytes that are to be placed; rounded up to pages.</param>
    public GuardedMemory(int capacity)
    {
        usable = (capacity + PageSize - 1) / PageSize * PageSize;
        start = (byte*)Map(null, (nuint)(usable + PageSize), ReadWrite, PrivateAnonymous, -1, 0);
        ((nint)start).ShouldNotBe(-1);
        Protect(start + usable, PageSize, 0).ShouldBe(0);
    }

    /// <summary>Copies the bytes so that they end where the memory does; their place.</summary>
    public byte* Place(ReadOnlySpan<byte> bytes)
    {
        byte* at = start + usable - bytes.Length;
        bytes.CopyTo(new Span<byte>(at, bytes.Length));
        return at;
    }

    /// <summary>One byte, wherever it is.</summary>
    [System.Runtime.CompilerServices.MethodImpl(System.Runtime.CompilerServices.MethodImplOptions.NoInlining)]
    public byte ReadAt(byte* address) => address >= start ? *address : (byte)0;

    public void Dispose() => _ = Unmap(start, (nuint)(usable + PageSize));

    [LibraryImport("libc", EntryPoint = "mmap", SetLastError = true)]
    private static partial void* Map(void* address, nuint length, int protection, int flags, int descriptor, nint offset);

    [LibraryImport("libc", EntryPoint = "mprotect", SetLastError = true)]
    private static partial int Protect(void* address, nuint length, int protection);

    [LibraryImport("libc", EntryPoint = "munmap", SetLastError = true)]
    private static partial int Unmap(void* address, nuint length);
}
