using System.Globalization;
using Tessera.Container.Media;

namespace Tessera.Testing.Containers;

/// <summary>The files of a folder as stretches of one simulated disk, so that its cuts and faults are theirs.</summary>
internal sealed class DiskParts(IMedium disk, long fileBytes) : IPartFiles
{
    public long FileBytes => fileBytes;

    public bool IsReadOnly => disk.IsReadOnly;

    public long HostFreeBytes => disk.HostFreeBytes;

    public IReadOnlyList<IMedium> Open() => [.. Enumerable.Range(0, (int)(disk.Length / fileBytes)).Select(number => new Stretch(disk, number * fileBytes, fileBytes))];

    /// <summary>Durable at once, as the real ones are.</summary>
    public IMedium Add(int number)
    {
        disk.Grow((number + 1) * fileBytes);
        disk.Flush();
        return new Stretch(disk, number * fileBytes, fileBytes);
    }

    public string Name(int number) => number.ToString("D6", CultureInfo.InvariantCulture);

    public void ThrowIfReplaced(int number)
    {
        // Nobody else has this disk.
    }

    public void Dispose() => disk.Dispose();

    private sealed class Stretch(IMedium disk, long start, long length) : IMedium
    {
        public long Length => length;

        public int Alignment => disk.Alignment;

        public bool IsReadOnly => disk.IsReadOnly;

        public long HostFreeBytes => disk.HostFreeBytes;

        public void Read(long offset, Span<byte> buffer) => disk.Read(start + offset, buffer);

        public void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) => disk.Write(start + offset, data, mode);

        public void Flush() => disk.Flush();

        public void Grow(long newLength) => throw new MediumException(MediumFault.NoSpace, "A file of a folder does not grow.");

        public void Punch(long offset, long count) => disk.Punch(start + offset, count);

        public void Dispose()
        {
            // The disk is the folder's.
        }
    }
}
