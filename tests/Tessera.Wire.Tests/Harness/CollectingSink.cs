using System.Text;
using Tessera.Core.FileSystem;

namespace Tessera.Wire.Tests.Harness;

/// <summary>Takes a directory's entries, so many at once, as the kernel does with its buffer.</summary>
internal sealed class CollectingSink(int entriesAtOnce) : IDirectorySink
{
    private int room;
    private ulong last;

    public bool WantsAttributes => true;

    public Dictionary<string, InodeAttributes> Names { get; } = new(StringComparer.Ordinal);

    public int Given { get; private set; }

    public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
    {
        if (room == 0)
        {
            return false;
        }

        room--;
        Given++;
        last = cookie;
        Names[Encoding.UTF8.GetString(name)] = attributes;
        return true;
    }

    public async Task ReadAllAsync(IFileSystem files, ulong directory)
    {
        int before;
        do
        {
            before = Given;
            room = entriesAtOnce;
            (await files.ReadDirectoryAsync(WirePair.Me, directory, last, this)).ShouldBe(FsError.None);
        }
        while (Given > before);

        (await files.ReleaseDirectoryAsync(directory, 1)).ShouldBe(FsError.None);
    }
}
