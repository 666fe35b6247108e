using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Some names of a directory, in its order.</summary>
internal sealed class NamePage : IDirectorySink
{
    private readonly byte[] bytes = new byte[CopyLimits.PageBytes];
    private readonly List<int> ends = [];
    private int next;

    public bool WantsAttributes => false;

    /// <summary>Where the directory goes on after this page.</summary>
    public ulong Cookie { get; private set; }

    /// <summary>The directory had something more to give.</summary>
    public bool TookAny { get; private set; }

    /// <summary>For the next page.</summary>
    public void Clear()
    {
        ends.Clear();
        next = 0;
        TookAny = false;
    }

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        int start = ends.Count == 0 ? 0 : ends[^1];
        if (name.Length > bytes.Length - start)
        {
            return false;
        }

        TookAny = true;
        Cookie = cookie;
        if (!name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8))
        {
            name.CopyTo(bytes.AsSpan(start));
            ends.Add(start + name.Length);
        }

        return true;
    }

    /// <summary>The next name; null at the page's end.</summary>
    public byte[]? Take()
    {
        if (next == ends.Count)
        {
            return null;
        }

        int start = next == 0 ? 0 : ends[next - 1];
        return bytes[start..ends[next++]];
    }
}
