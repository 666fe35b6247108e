using System.Collections.Concurrent;
using Tessera.Core;
using Tessera.Core.Stores;

namespace Tessera.Content;

/// <summary>What all files of a volume share: the store, and the bounded memory above it.</summary>
public sealed class ContentServices
{
    private const int MaxKeptEditors = 8;
    private readonly ConcurrentQueue<ExtentEditor> editors = new();

    public ContentServices(IVolumeStore store, long dirtyBytes, long blockCacheBytes, int writers = 1)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(writers, 1);
        Store = store;
        Writers = writers;
        MaxBlock = Math.Min(ContentLimits.MaxSegment, store.MaxBlockLength);
        MaxSegment = ContentLimits.MaxSegment / MaxBlock * MaxBlock;
        Buffers = new BufferPool(Math.Max(dirtyBytes, ContentLimits.MaxFreeBufferBytes));
        Dirty = new DirtyMemory(Buffers, dirtyBytes);
        Blocks = new BlockCache(store, Buffers, blockCacheBytes);
        Scratch = new ScratchPool();
    }

    public IVolumeStore Store { get; }

    /// <summary>Largest piece of dirty memory in use, bytes: one becomes one block, or as many of the longest as it holds.</summary>
    public int MaxSegment { get; }

    /// <summary>Longest block that the store takes, bytes.</summary>
    public int MaxBlock { get; }

    /// <summary>A piece of dirty memory becomes many blocks: then its blocks are written at the same time, else several pieces.</summary>
    public bool HasShortBlocks => MaxBlock < MaxSegment;

    /// <summary>Blocks of one file that are written at a time.</summary>
    public int Writers { get; }

    /// <summary>So much is free that nobody has to look for it.</summary>
    public bool HasAmpleRoom => Store.GetStatistics().AvailableBytes >= (ulong)ContentLimits.AmpleRoom;

    /// <summary>Contents put into blocks since the volume was opened, bytes.</summary>
    public StripedCounter BlockBytesWritten { get; } = new();

    public BufferPool Buffers { get; }

    public DirtyMemory Dirty { get; }

    public BlockCache Blocks { get; }

    public ScratchPool Scratch { get; }

    public BlockLocks SharedBlocks { get; } = new();

    public ExtentEditor RentEditor() => editors.TryDequeue(out ExtentEditor? editor) ? editor : new ExtentEditor(Store, SharedBlocks);

    public void Return(ExtentEditor editor)
    {
        editor.End();
        editor.MaxEntries = int.MaxValue;
        if (editors.Count < MaxKeptEditors)
        {
            editors.Enqueue(editor);
        }
    }
}
