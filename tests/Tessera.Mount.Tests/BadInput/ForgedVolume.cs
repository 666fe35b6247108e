using System.Buffers.Binary;
using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Core.Stores;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>An unmounted volume of profile "plain", opened as its key's holder can open it, to write records that the engine never writes (docs/format/volume.md).</summary>
internal sealed class ForgedVolume : IAsyncDisposable
{
    private const byte EntryTag = 0x20;
    private const int NameAt = 17;
    private const int ScanBytes = 64 << 10;
    private readonly StoreBatch _batch = new();
    private readonly ContainerStore _store;

    public ForgedVolume(TestVolume volume) =>
        _store = ContainerOpener.Open(FileMedium.Open(volume.Volume, new FileMediumOptions()), new byte[32], new ContainerOptions { Background = false });

    public void Put(byte[] key, byte[] value) => _batch.Put(key, value);

    public void Delete(byte[] key) => _batch.Delete(key);

    /// <summary>The value of a key that is there.</summary>
    public async Task<byte[]> GetAsync(byte[] key)
    {
        byte[] value = new byte[StoreLimits.MaxValue];
        StoreEntry entry = await _store.GetAsync(key, value);
        entry.Found.ShouldBeTrue();
        return value[..entry.Length];
    }

    /// <summary>The entry of a name, whatever directory it is in.</summary>
    public async Task<(byte[] Key, byte[] Value)> EntryAsync(string name)
    {
        var page = new ScanPage(ScanBytes);
        await _store.ScanAsync(new[] { EntryTag }, new byte[] { EntryTag + 1 }, page);
        return Find(page, System.Text.Encoding.UTF8.GetBytes(name));
    }

    /// <summary>The key that the entry would have in another directory.</summary>
    public static byte[] InDirectory(byte[] key, ulong directory)
    {
        byte[] moved = [.. key];
        BinaryPrimitives.WriteUInt64BigEndian(moved.AsSpan(1), directory);
        return moved;
    }

    /// <summary>The key of another name at the same position.</summary>
    public static byte[] WithName(byte[] key, string name) => [.. key.AsSpan(0, NameAt), .. System.Text.Encoding.UTF8.GetBytes(name)];

    public async ValueTask DisposeAsync()
    {
        (await _store.CommitAsync(_batch)).Status.ShouldBe(CommitStatus.Committed);
        await _store.DisposeAsync();
    }

    private static (byte[] Key, byte[] Value) Find(ScanPage page, byte[] name)
    {
        foreach (ScanPage.Entry entry in page)
        {
            if (entry.Key[NameAt..].SequenceEqual(name))
            {
                return (entry.Key.ToArray(), entry.Value.ToArray());
            }
        }

        throw new InvalidOperationException("No directory has that name.");
    }
}
