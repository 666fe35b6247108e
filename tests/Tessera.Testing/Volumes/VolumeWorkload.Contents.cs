using Tessera.Core.FileSystem;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Volumes;

public sealed partial class VolumeWorkload
{
    private const int LargestSmallWrite = 6000;
    private const int LargestRead = 20_000;

    /// <summary>More extents than one batch can change, close enough together for the reference to hold them.</summary>
    private const int SparsePieces = 7600;
    private const int SparseStride = 24;

    /// <summary>Mostly small and often at the end, sometimes anywhere, sometimes large.</summary>
    private void Write()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int length = random.Next(10) == 0 ? random.Next(1, plan.LargestFile / 2) : random.Next(1, LargestSmallWrite);
        int offset = random.Next(3) switch
        {
            0 => node.Data.Length,
            1 => random.Next(Math.Max(1, node.Data.Length)),
            _ => random.Next(plan.LargestFile / 2),
        };
        WriteTo(node, Math.Min(offset, plan.LargestFile - length), RandomBytes(length));
    }

    /// <summary>Bytes in memory: a version that a crash may leave or not.</summary>
    private void WriteTo(ReferenceNode node, int offset, byte[] bytes)
    {
        OpenedNode? file = open.Find(candidate => candidate.Node == node);
        offset = file is { Appends: true } ? node.Data.Length : offset;
        ulong before = Mounted.Container.LastSequence;
        FsResult<int> written;
        try
        {
            written = Now.Do(Volume.WriteAsync(Caller.Engine, new FileSpan(node.Ino, file?.Handle ?? 0, (ulong)offset), bytes, WriteFlags.None));
            ThrowIfOff();
        }
        catch (PowerCutException)
        {
            node.Content.Write(offset, bytes);
            History.Written(node);
            throw;
        }

        if (written.Error == FsError.NoSpace)
        {
            Refusals++;
        }
        else
        {
            Require(written.Ok && written.Value == bytes.Length, $"writing {bytes.Length} bytes gives {written.Error}, {written.Value}");
            node.Content.Write(offset, bytes);
            History.Written(node);
        }

        if (Mounted.Container.LastSequence != before)
        {
            NoteWriteBack(written.Ok ? node : null);
        }

        Acknowledge();
    }

    /// <summary>A write that finds no space lets the write-back finish first: then all are clean but the one that it has written to since. (It may also have
    /// committed no more than the end of a deletion.)</summary>
    private void NoteWriteBack(ReferenceNode? writtenSince)
    {
        if (Volume.Counters.DirtyInodes > (writtenSince is null ? 0 : 1))
        {
            return;
        }

        foreach (ReferenceNode node in nodes.Where(node => node.Content.IsDirty && node != writtenSince))
        {
            node.Content.Flush();
            History.WrittenBack(node);
        }
    }

    /// <summary>A file in so many pieces that flushing, cutting and deleting it takes several commits.</summary>
    private void WriteSparsely()
    {
        if (random.Next(5) != 0 || PickFile() is not { } node || SparsePieces * SparseStride > plan.LargestFile)
        {
            return;
        }

        for (int i = 0; i < SparsePieces; i++)
        {
            WriteTo(node, i * SparseStride, RandomBytes(3));
        }

        FlushFile(node);
        if (random.Next(2) == 0)
        {
            TruncateTo(node, random.Next(SparseStride * 4));
        }
    }

    private void Read()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int offset = random.Next(node.Data.Length + 100);
        byte[] buffer = new byte[random.Next(1, LargestRead)];
        FsResult<int> read = Now.Do(Volume.ReadAsync(Caller.Engine, new FileSpan(node.Ino, HandleOf(node), (ulong)offset), buffer));
        ReadOnlySpan<byte> expected = node.Data.AsSpan(Math.Min(offset, node.Data.Length));
        expected = expected[..Math.Min(expected.Length, buffer.Length)];
        Require(read.Ok && read.Value == expected.Length, $"reading {buffer.Length} at {offset} of {node.Data.Length} gives {read.Error}, {read.Value}");
        Require(buffer.AsSpan(0, read.Value).SequenceEqual(expected), $"other bytes at {offset} of inode {node.Ino}");
        Acknowledge();
    }

    private void Truncate()
    {
        if (PickFile() is { } node)
        {
            TruncateTo(node, random.Next(3) == 0 ? 0 : random.Next(plan.LargestFile));
        }
    }

    private void TruncateTo(ReferenceNode node, int length) => Perform(
        () => Now.Do(Volume.SetAttributesAsync(Caller.Engine, node.Ino, new AttributeChanges { Mask = AttributeMask.Size, Size = (ulong)length })).Error,
        () =>
        {
            node.Content.Truncate(length);
            node.Content.Flush();
            return FsError.None;
        },
        () => [node]);

    private void Allocate()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int from = random.Next(plan.LargestFile);
        int length = random.Next(1, plan.LargestFile - from + 1);
        AllocateModes modes = random.Next(4) switch
        {
            0 => AllocateModes.None,
            1 => AllocateModes.ZeroRange,
            2 => AllocateModes.ZeroRange | AllocateModes.KeepSize,
            _ => AllocateModes.PunchHole | AllocateModes.KeepSize,
        };
        bool changes = modes != AllocateModes.None || node.Content.IsDirty || from + length > node.Data.Length;
        Perform(
            () => Now.Do(Volume.AllocateAsync(Caller.Engine, new FileSpan(node.Ino, 0, (ulong)from), (ulong)length, modes)),
            () =>
            {
                ReferenceFileSystem.Allocate(node, from, length, modes);
                node.Content.Flush();
                return FsError.None;
            },
            () => changes ? [node] : []);
    }

    /// <summary>copy_file_range(2): both files are flushed first, and share what they can.</summary>
    private void Copy()
    {
        if (PickFile() is not { } source || PickFile() is not { } destination)
        {
            return;
        }

        int from = random.Next(source.Data.Length + 100);
        int to = random.Next(plan.LargestFile);
        int length = random.Next(1, plan.LargestFile - to + 1);
        bool overlaps = source == destination && from < to + length && to < from + length;
        int copied = Math.Clamp(source.Data.Length - from, 0, length);
        ReferenceNode? flushed = source.Content.IsDirty ? source : null;
        ReferenceNode? changed = copied > 0 || destination.Content.IsDirty ? destination : null;
        FsResult<ulong> answer = default;
        FsError error = Perform(
            () => (answer = Now.Do(Volume.CopyRangeAsync(
                Caller.Engine, new FileSpan(source.Ino, 0, (ulong)from), new FileSpan(destination.Ino, 0, (ulong)to), (ulong)length))).Error,
            () =>
            {
                if (overlaps)
                {
                    return FsError.InvalidArgument;
                }

                if (copied > 0)
                {
                    destination.Content.Write(to, source.Data.AsSpan(from, copied).ToArray());
                }

                source.Content.Flush();
                destination.Content.Flush();
                return FsError.None;
            },
            () => [flushed, changed]);
        Require(error != FsError.None || answer.Value == (ulong)copied, $"{answer.Value} bytes are copied instead of {copied}");
    }

    /// <summary>What lseek(2) skips as a hole reads as zeros; what it says is a hole, too.</summary>
    private void Seek()
    {
        if (PickFile() is not { } node)
        {
            return;
        }

        int from = random.Next(node.Data.Length + 10);
        SeekTarget target = random.Next(2) == 0 ? SeekTarget.Data : SeekTarget.Hole;
        FsResult<ulong> found = Now.Do(Volume.SeekAsync(Caller.Engine, new FileSpan(node.Ino, 0, (ulong)from), target));
        if (from >= node.Data.Length)
        {
            Require(found.Error == FsError.NoSuchAddress, $"seeking from beyond the end gives {found.Error}");
        }
        else if (!found.Ok)
        {
            bool isHole = found.Error == FsError.NoSuchAddress && target == SeekTarget.Data && node.Data.AsSpan(from).IndexOfAnyExcept((byte)0) < 0;
            Require(isHole, $"seeking {target} from {from} of {node.Data.Length} gives {found.Error}");
        }
        else
        {
            int at = (int)found.Value;
            Require(at >= from && at <= node.Data.Length, $"seeking {target} from {from} of {node.Data.Length} gives {at}");
            bool skipsZeros = target == SeekTarget.Hole || node.Data.AsSpan(from, at - from).IndexOfAnyExcept((byte)0) < 0;
            bool isZero = target == SeekTarget.Data || at == node.Data.Length || node.Data[at] == 0;
            Require(skipsZeros && isZero, $"seeking {target} from {from} gives {at}, and there are other bytes");
        }

        Acknowledge();
    }

    private void Flush()
    {
        if (PickFile() is { } node)
        {
            FlushFile(node);
        }
    }

    /// <summary>close(2): from now on a crash of the daemon leaves nothing older.</summary>
    private void FlushFile(ReferenceNode node)
    {
        bool wasDirty = node.Content.IsDirty;
        Perform(
            () => Now.Do(Volume.FlushAsync(Caller.Engine, node.Ino, HandleOf(node))),
            () =>
            {
                node.Content.Flush();
                return FsError.None;
            },
            () => wasDirty ? [node] : []);
    }

    private void Sync()
    {
        if (PickFile() is { } node)
        {
            SyncFile(node, dataOnly: random.Next(2) == 0);
        }
    }

    private void SyncDirectory() => SyncFile(PickDirectory(), dataOnly: false);

    /// <summary>fsync(2), fdatasync(2): what was done to the inode survives a power cut.</summary>
    private void SyncFile(ReferenceNode node, bool dataOnly)
    {
        bool wasDirty = node.Content.IsDirty;
        FsError error = Perform(
            () => Now.Do(Volume.SyncAsync(Caller.Engine, node.Ino, dataOnly)),
            () =>
            {
                node.Content.Flush();
                return FsError.None;
            },
            () => wasDirty ? [node] : []);
        Require(error == FsError.None, $"what was accepted is refused by fsync: {error}");
        int done = disk.Trace.Count;
        History.Durable(node.LastChange, done);
        node.Content.Durable(done);
    }

    private void Open()
    {
        if (PickFile() is not { } node || open.Count >= MostOpen)
        {
            return;
        }

        bool appends = random.Next(4) == 0;
        FsResult<ulong> handle = Now.Do(Volume.OpenAsync(Caller.Engine, node.Ino, OpenFlags.ReadWrite | (appends ? OpenFlags.Append : OpenFlags.ReadOnly)));
        Require(handle.Ok, $"opening gives {handle.Error}");
        node.OpenHandles++;
        open.Add(new OpenedNode(node, handle.Value, appends));
        Acknowledge();
    }

    private void Release()
    {
        if (open.Count == 0)
        {
            return;
        }

        OpenedNode file = open[random.Next(open.Count)];
        open.Remove(file);
        bool wasDirty = file.Node.Content.IsDirty;
        file.Node.OpenHandles--;
        Perform(
            () => Now.Do(Volume.ReleaseAsync(file.Node.Ino, file.Handle)),
            () =>
            {
                file.Node.Content.Flush();
                return FsError.None;
            },
            () => wasDirty ? [file.Node] : []);
        DropIfGone(file.Node);
    }

    /// <summary>What a timer does.</summary>
    private void WriteBack()
    {
        ReferenceNode[] dirty = [.. nodes.Where(node => node.Content.IsDirty)];
        Perform(
            () =>
            {
                Now.Do(Volume.WriteBackAsync());
                return FsError.None;
            },
            () =>
            {
                Array.ForEach(dirty, node => node.Content.Flush());
                return FsError.None;
            },
            () => dirty);
    }

    private void Collect() => PerformUnseen(() => Now.Do(Volume.CollectOrphansAsync()));

    /// <summary>What packs, also moves: neither changes anything that can be seen.</summary>
    private void Pack() => PerformUnseen(() =>
    {
        Now.Do(Volume.PackAsync());
        Now.Do(Volume.ReshuffleAsync());
    });

    private void Checkpoint() => PerformUnseen(Mounted.Container.Checkpoint);
}
