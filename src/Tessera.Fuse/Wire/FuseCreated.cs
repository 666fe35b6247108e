using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>CREATE's and TMPFILE's answer: <c>fuse_entry_out</c> followed by <c>fuse_open_out</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 144)]
public struct FuseCreated
{
    public FuseCreated(in FuseEntry entry, FuseOpened opened)
    {
        Entry = entry;
        Opened = opened;
    }

    public FuseEntry Entry;
    public FuseOpened Opened;
}
