using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;

namespace Tessera.HostFiles.Native;

/// <summary>A name as system calls take it, with its NUL, on the caller's stack.</summary>
[InlineArray(Length)]
internal struct NameBuffer
{
    /// <summary>The longest name with its NUL; whatever is longer becomes one byte too long, so that the host says ENAMETOOLONG.</summary>
    private const int Length = FsLimits.MaxName + 2;

    private byte first;

    public NameBuffer(ReadOnlySpan<byte> name)
    {
        Span<byte> all = this;
        int length = Math.Min(name.Length, Length - 1);
        name[..length].CopyTo(all);
        all[length] = 0;
    }
}
