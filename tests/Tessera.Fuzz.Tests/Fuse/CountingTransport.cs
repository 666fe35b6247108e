using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Fuse;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>The kernel's end for one request at a time: checks each reply as the kernel does (fuse_dev_do_write) and counts them.</summary>
internal sealed class CountingTransport : IFuseTransport
{
    /// <summary>Whose reply is awaited.</summary>
    public ulong Unique { get; set; }

    public int Replies { get; set; }

    /// <summary>The last reply was no error.</summary>
    public bool Succeeded { get; set; }

    /// <summary>The first reply that the kernel would have refused.</summary>
    public string? Refused { get; set; }

    /// <summary>Set with each reply.</summary>
    public SemaphoreSlim Arrived { get; } = new(0);

    public int Read(Span<byte> buffer, bool alone) => -(int)Errno.ENODEV;

    public int Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        OutHeader header = MemoryMarshal.Read<OutHeader>(head);
        bool isError = header.Error != 0;
        bool fits = header.Length == (uint)(head.Length + rest.Length)
            && header.Unique == Unique
            && header.Error is <= 0 and > -512
            && (!isError || header.Length == (uint)Unsafe.SizeOf<OutHeader>());
        Refused ??= fits ? null : $"A reply of {header.Length} bytes, error {header.Error}, for {header.Unique} instead of {Unique}.";
        Replies++;
        Succeeded = !isError;
        Arrived.Release();
        return 0;
    }

    public void Dispose() => Arrived.Dispose();
}
