using System.Buffers.Text;
using System.Runtime.CompilerServices;

namespace Tessera.HostFiles.Native;

/// <summary>"/proc/self/fd/N": exactly the inode behind a descriptor, for calls that take no O_PATH descriptor (proc(5)).</summary>
[InlineArray(Length)]
internal struct DescriptorPath
{
    private const int Length = 32;

    private byte first;

    public DescriptorPath(int descriptor)
    {
        Span<byte> all = this;
        "/proc/self/fd/"u8.CopyTo(all);
        _ = Utf8Formatter.TryFormat(descriptor, all[14..], out int digits);
        all[14 + digits] = 0;
    }
}
