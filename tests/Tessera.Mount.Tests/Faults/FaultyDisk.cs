using Microsoft.Win32.SafeHandles;
using Tessera.Fuse;

namespace Tessera.Mount.Tests.Faults;

/// <summary>A file system of one file, "vault", whose calls fail or stall on command: what a daemon meets on a dying disk, through the real kernel.</summary>
internal sealed class FaultyDisk : FuseFileSystem, IAsyncDisposable
{
    private const ulong FileNode = 2;
    private const uint DirectoryBits = 0x41C0;
    private const uint FileBits = 0x8180;
    private const int PunchHole = 2;
    private const int Sector = 512;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>A test that waits for the daemon while the daemon waits for this disk would never end: nothing stalls for longer.</summary>
    private static readonly TimeSpan s_longestStall = TimeSpan.FromSeconds(90);
    private readonly SafeFileHandle file;
    private readonly FuseMount mount;
    private readonly Timer watchdog;
    private readonly object gate = new();
    private readonly Dictionary<DiskCall, Fault> faults = [];
    private readonly Dictionary<DiskCall, int> counts = [];
    private readonly Lock media = new();
    private readonly List<DiskWrite> unflushed = [];
    private int callsBeforeCut = int.MaxValue;

    /// <param name="backing">What the file holds.</param>
    /// <param name="directory">Where it appears; made.</param>
    public FaultyDisk(string backing, string directory)
    {
        file = File.OpenHandle(backing, FileMode.Open, FileAccess.ReadWrite, FileShare.ReadWrite);
        Directory.CreateDirectory(directory);
        Vault = Path.Combine(directory, "vault");
        watchdog = new Timer(_ => Heal(), null, Timeout.InfiniteTimeSpan, Timeout.InfiniteTimeSpan);
        mount = FuseMount.Mount(directory, this, new FuseMountOptions { Source = "faulty", Subtype = "faulty", AllowOther = true, ReadAheadBytes = 0 });
    }

    public string Vault { get; }

    /// <summary>Calls of a kind since the mount.</summary>
    public int Count(DiskCall call)
    {
        lock (gate)
        {
            return counts.GetValueOrDefault(call);
        }
    }

    /// <summary>From the <paramref name="nth"/> call from now on, <paramref name="times"/> of them fail.</summary>
    public void Fail(DiskCall call, Errno errno, int nth = 1, int times = int.MaxValue) => Set(call, new Fault(errno, nth, times, Stalled: null));

    /// <summary>The next call waits until <see cref="Heal"/>; the event is set when one does.</summary>
    public ManualResetEventSlim Stall(DiskCall call)
    {
        var stalled = new ManualResetEventSlim();
        watchdog.Change(s_longestStall, Timeout.InfiniteTimeSpan);
        Set(call, new Fault(Errno.None, Nth: 1, Times: int.MaxValue, stalled));
        return stalled;
    }

    /// <summary>It says of every flush that it is done, and does nothing of the kind: what a store that does not flush looks like to its disk.</summary>
    public bool IgnoresFlushes { get; init; }

    /// <summary>After so many writes and flushes nothing is taken any more.</summary>
    public void CutPower(int after = 0)
    {
        lock (media)
        {
            callsBeforeCut = after;
        }
    }

    /// <summary>The power is back after a cut. Of what was written since the last flush each sector is there or not, as <paramref name="random"/> has it. Who had the file open is gone.</summary>
    public void RestorePower(Random random)
    {
        lock (media)
        {
            for (int i = unflushed.Count - 1; i >= 0; i--)
            {
                RandomAccess.Write(file, unflushed[i].Before, unflushed[i].Offset);
            }

            foreach (DiskWrite write in unflushed)
            {
                for (int at = 0; at < write.After.Length; at += Sector)
                {
                    if (random.Next(2) == 0)
                    {
                        RandomAccess.Write(file, write.After.AsSpan(at, Math.Min(Sector, write.After.Length - at)), write.Offset + at);
                    }
                }
            }

            unflushed.Clear();
            callsBeforeCut = int.MaxValue;
        }
    }

    /// <summary>Nothing fails any more, and what stalled goes on.</summary>
    public void Heal()
    {
        lock (gate)
        {
            faults.Clear();
            Monitor.PulseAll(gate);
        }
    }

    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name) =>
        name.Span.SequenceEqual("vault"u8) ? new(new FuseEntry { NodeId = FileNode, Attributes = Attributes(FileNode) }) : new(Errno.ENOENT);

    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest request, GetAttributesArguments arguments) =>
        new(new FuseAttributesReply(Attributes(request.NodeId), TimeSpan.Zero));

    public override ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest request, SetAttributesArguments arguments)
    {
        if (arguments.Sets(SetAttributesFields.Size))
        {
            RandomAccess.SetLength(file, (long)arguments.Size);
        }

        return new(new FuseAttributesReply(Attributes(request.NodeId), TimeSpan.Zero));
    }

    public override ValueTask<FuseResult<FuseOpened>> Open(FuseRequest request, OpenArguments arguments) => new(new FuseOpened(1));

    public override ValueTask<Errno> Release(FuseRequest request, ReleaseArguments arguments) => new(Errno.None);

    public override ValueTask<Errno> Flush(FuseRequest request, FlushArguments arguments) => new(Errno.None);

    public override ValueTask<FuseResult<FuseStatFs>> StatFs(FuseRequest request) =>
        new(new FuseStatFs { BlockSize = 4096, FragmentSize = 4096, Blocks = 1 << 20, FreeBlocks = 1 << 19, AvailableBlocks = 1 << 19, NameLength = 255 });

    public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer)
    {
        Errno errno = Enter(DiskCall.Read);
        return errno == Errno.None ? new(RandomAccess.Read(file, buffer.Span, (long)arguments.Offset)) : new(errno);
    }

    public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data)
    {
        Errno errno = Enter(DiskCall.Write);
        if (errno != Errno.None)
        {
            return new(errno);
        }

        return TryWrite((long)arguments.Offset, data.Span) ? new(data.Length) : new(Errno.EIO);
    }

    public override ValueTask<Errno> Fsync(FuseRequest request, FsyncArguments arguments)
    {
        Errno errno = Enter(DiskCall.Flush);
        return new(errno != Errno.None ? errno : TryFlush() ? Errno.None : Errno.EIO);
    }

    public override ValueTask<Errno> Fallocate(FuseRequest request, FallocateArguments arguments)
    {
        Errno errno = Enter(DiskCall.Allocate);
        if (errno == Errno.None && (arguments.Mode & PunchHole) == 0)
        {
            RandomAccess.SetLength(file, Math.Max(RandomAccess.GetLength(file), (long)(arguments.Offset + arguments.Length)));
        }

        return new(errno);
    }

    public async ValueTask DisposeAsync()
    {
        Heal();
        await watchdog.DisposeAsync();
        await mount.DetachAsync(s_patience);
        file.Dispose();
    }

    private bool TryWrite(long offset, ReadOnlySpan<byte> data)
    {
        lock (media)
        {
            if (!IsPowered())
            {
                return false;
            }

            byte[] before = new byte[data.Length];
            RandomAccess.Read(file, before, offset);
            unflushed.Add(new DiskWrite(offset, before, data.ToArray()));
            RandomAccess.Write(file, data, offset);
            return true;
        }
    }

    private bool TryFlush()
    {
        lock (media)
        {
            if (!IsPowered())
            {
                return false;
            }

            if (!IgnoresFlushes)
            {
                unflushed.Clear();
            }

            return true;
        }
    }

    private bool IsPowered() => callsBeforeCut == int.MaxValue || callsBeforeCut-- > 0;

    private FuseAttributes Attributes(ulong node) => node == FileNode
        ? new FuseAttributes { Ino = node, Mode = FileBits, LinkCount = 1, Size = (ulong)RandomAccess.GetLength(file), BlockSize = 4096 }
        : new FuseAttributes { Ino = node, Mode = DirectoryBits, LinkCount = 2, BlockSize = 4096 };

    private void Set(DiskCall call, Fault fault)
    {
        lock (gate)
        {
            faults[call] = fault with { Nth = fault.Nth + counts.GetValueOrDefault(call) };
        }
    }

    /// <summary>Counts a call, holds it while it shall stall, and says how it ends.</summary>
    private Errno Enter(DiskCall call)
    {
        lock (gate)
        {
            int number = counts[call] = counts.GetValueOrDefault(call) + 1;
            if (!faults.TryGetValue(call, out Fault? fault) || number < fault.Nth || number - fault.Nth >= fault.Times)
            {
                return Errno.None;
            }

            if (fault.Stalled is { } stalled)
            {
                stalled.Set();
                FuseServer.PassReaderRole();
                while (faults.ContainsKey(call))
                {
                    Monitor.Wait(gate);
                }
            }

            return fault.Errno;
        }
    }

    /// <summary>What was at a place, and what is.</summary>
    private sealed record DiskWrite(long Offset, byte[] Before, byte[] After);

    private sealed record Fault(Errno Errno, int Nth, int Times, ManualResetEventSlim? Stalled);
}
