using System.Security.Cryptography;
using System.Text;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Veiling;
using Tessera.Content;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Crypto;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>A scattered volume, with the options of the shipped command, whose disk somebody watches. Checkpoints come when they are told to, so that an interval is one.</summary>
internal sealed class WatchedVolume : IAsyncDisposable
{
    private const uint FileMode = ModeBits.Regular | 0x180;
    private readonly Watcher _watcher;
    private readonly ContainerStore _store;
    private readonly PlacedBlocks _placed;
    private readonly Volume _volume;
    private readonly StripeLayout? _layout;
    private readonly Dictionary<string, ulong> _files = new(StringComparer.Ordinal);

    private WatchedVolume(Watcher watcher, ContainerStore store, PlacedBlocks placed, Volume volume, StripeLayout? layout)
    {
        _watcher = watcher;
        _store = store;
        _placed = placed;
        _volume = volume;
        _layout = layout;
    }

    /// <param name="path">The medium, which is made.</param>
    /// <param name="reshufflePercent">As <see cref="VolumeOptions.ReshufflePercent"/>; what has been earned is spent by <see cref="ReshuffleAsync"/>.</param>
    /// <param name="parity">Stripes with parity; null: none.</param>
    /// <param name="coverRate">As <see cref="ContainerOptions.CoverRate"/>: then checkpoints come by the clock.</param>
    public static async Task<WatchedVolume> MakeAsync(string path, int reshufflePercent = 0, ParityShape? parity = null, long coverRate = 0)
    {
        byte[] key = RandomNumberGenerator.GetBytes(KeyHeader.VolumeKeySize);
        using (FileMedium medium = FileMedium.Create(path, 0))
        {
            ContainerFormatter.Format(
                medium,
                new FormatOptions
                {
                    Profile = ContainerProfile.Scattered,
                    Placement = PlacementKind.Scattered,
                    VolumeId = Guid.NewGuid(),
                    KeySlots = new byte[Geometry.KeySlotsLength],
                    SizeLimit = Vault.LengthOf(parity),
                    Parity = parity,
                    IsFilled = true, // Contents are no question here.
                },
                key);
        }

        StripeLayout? layout;
        using (FileMedium medium = FileMedium.Open(path))
        {
            layout = ContainerHeader.Read(VeiledMedium.Lift(medium, key), forWriting: false).Stripes;
        }

        var watcher = new Watcher(FileMedium.Open(path), seesLog: parity is null);
        ContainerStore store = ContainerOpener.Open(watcher, key, new ContainerOptions
        {
            Background = coverRate > 0,
            CoverRate = coverRate,
            Decoys = coverRate > 0 ? 0 : ContainerOptions.DefaultDecoys,
        });
        await Volume.FormatAsync(store, SystemClock.Instance, Caller.Engine);
        var placed = new PlacedBlocks(store);
        return new WatchedVolume(watcher, store, placed, await Volume.OpenAsync(
            placed, new VolumeOptions { BackgroundWriteBack = false, BackgroundWorkers = reshufflePercent == 0, ReshufflePercent = reshufflePercent }, SystemClock.Instance), layout);
    }

    public async ValueTask DisposeAsync()
    {
        await _volume.CloseAsync();
        await _store.DisposeAsync();
    }

    /// <summary>What is seen of some work, from the end of a checkpoint to before the next. Of a volume with parity the watcher has learned which slots are a stripe: its numbers are those of stripes.</summary>
    public async Task<Interval> WatchAsync(Func<WatchedVolume, ValueTask> work)
    {
        _store.Checkpoint();
        _watcher.Take();
        _placed.Take();
        await work(this);
        return _layout is { } layout
            ? new Interval(StripesOf(_watcher.Take(), layout), _placed.Take().Select(slot => slot / layout.Data).ToHashSet())
            : new Interval(_watcher.Take(), _placed.Take());
    }

    /// <summary>What is seen from flush to flush while something is done, over and over, or nothing is.</summary>
    public async Task<IReadOnlyList<IReadOnlyList<SlotWrite>>> WatchPaceAsync(int flushes, Func<WatchedVolume, ValueTask>? work)
    {
        Task<IReadOnlyList<IReadOnlyList<SlotWrite>>> seen = Task.Run(() => _watcher.TakeBetweenFlushes(flushes));
        while (work is not null && !seen.IsCompleted)
        {
            await work(this);
        }

        _store.Fault.ShouldBeNull();
        return await seen;
    }

    /// <summary>The slots of a stripe go out one after the other.</summary>
    private static List<SlotWrite> StripesOf(IReadOnlyList<SlotWrite> writes, StripeLayout layout)
    {
        var map = new StripeMap(layout);
        var stripes = new List<SlotWrite>();
        foreach (SlotWrite write in writes)
        {
            long stripe = map.StripeAt(write.Slot, ParityShape.LeastMedium / Geometry.SlotSize);
            if (stripes is [.., var last] && last.Slot == stripe)
            {
                stripes[^1] = last with { Slots = last.Slots + write.Slots };
            }
            else
            {
                stripes.Add(write with { Slot = stripe });
            }
        }

        return stripes;
    }

    /// <summary>Writes a file from its beginning, made if it is not there, and has it written back.</summary>
    public async ValueTask WriteAsync(string name, int length)
    {
        if (!_files.TryGetValue(name, out ulong ino))
        {
            FsResult<InodeAttributes> made = await _volume.MakeNodeAsync(
                Caller.Engine, FsLimits.RootInode, Encoding.UTF8.GetBytes(name), new NewNode(FileMode, 0, default));
            made.Ok.ShouldBeTrue($"{name}: {made.Error}");
            _files.Add(name, ino = made.Value.Ino);
        }

        FsResult<int> written = await _volume.WriteAsync(Caller.Engine, new FileSpan(ino, 0, 0), new byte[length], WriteFlags.None);
        written.Ok.ShouldBeTrue($"{name}: {written.Error}");
        await _volume.WriteBackAsync(); // A sync would keep short files inline, in the log.
    }

    /// <summary>Copies of the volume taken now and then show by what stays in its place what nobody writes: this moves it.</summary>
    public ValueTask ReshuffleAsync() => _volume.ReshuffleAsync();

    /// <summary>Where the contents of a file lie, slots.</summary>
    public async ValueTask<IReadOnlySet<long>> SlotsOfAsync(string name)
    {
        byte[] from = new byte[ContentKeys.ExtentLength];
        byte[] to = new byte[ContentKeys.ExtentLength];
        ContentKeys.Extent(from, _files[name], 0);
        ContentKeys.Extent(to, _files[name], long.MaxValue);
        var slots = new HashSet<long>();
        var page = new ScanPage(1 << 20);
        await _store.ScanAsync(from, to, page);
        page.Complete.ShouldBeTrue();
        foreach (ScanPage.Entry entry in page)
        {
            slots.Add(SlotAddress.Offset(Extent.Decode(entry.Key, entry.Value).Block.Address) / Geometry.SlotSize);
        }

        return slots;
    }

    /// <summary>Whether a file still reads as it was written.</summary>
    public async ValueTask<bool> HoldsAsync(string name, int length)
    {
        byte[] read = new byte[length + 1];
        FsResult<int> result = await _volume.ReadAsync(Caller.Engine, new FileSpan(_files[name], 0, 0), read);
        return result.Ok && result.Value == length && !read.AsSpan().ContainsAnyExcept((byte)0);
    }

    /// <summary>Slots that a checkpoint writes when the store is asked to move what lies near some of a file's extents.</summary>
    public int SlotsOfCheckpoint(string? movedNear = null)
    {
        byte[] key = new byte[ContentKeys.ExtentLength];
        if (movedNear is not null)
        {
            ContentKeys.Extent(key, _files[movedNear], 1);
            _store.TryMoveNear(key).ShouldBeTrue();
        }

        _watcher.Take();
        _store.Checkpoint();
        return _watcher.Take().Sum(write => write.Slots);
    }

    /// <summary>Removes a file with its blocks.</summary>
    public async ValueTask RemoveAsync(string name)
    {
        (await _volume.UnlinkAsync(Caller.Engine, FsLimits.RootInode, Encoding.UTF8.GetBytes(name))).ShouldBe(FsError.None);
        _files.Remove(name, out ulong ino);
        _volume.Forget(ino);
        await _volume.CollectOrphansAsync();
    }
}
