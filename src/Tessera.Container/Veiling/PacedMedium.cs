using System.Diagnostics;
using System.Runtime.ExceptionServices;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Space;
using Tessera.Core;

namespace Tessera.Container.Veiling;

/// <summary>What the slots of a scattered container are written through when idle and busy are to look alike: one slot after the other by a clock, whether or not there is one to be
/// written; where there is none, noise goes to a free one, as decoys do (docs/format/scattered.md, Even pace).</summary>
/// <remarks>
/// <para>One thread writes, and flushes after every so many slots. Whoever writes waits for his slots' turn, whoever flushes for the next flush; roots wait for theirs. So from outside there is
/// nothing but the clock, and a root that is late when a checkpoint was more than the pace carries.</para>
/// <para>Until it is started, and once it is stopped, everything goes straight on: opening and closing show anyway. It does not own the medium.</para>
/// </remarks>
internal sealed class PacedMedium : MediumDecorator
{
    /// <summary>A root is written once in so many seconds.</summary>
    public const int RootSeconds = 10;

    /// <summary>Flushes a second.</summary>
    private const int FlushRate = 10;

    /// <summary>Slots that wait at most: whoever has more waits with the rest of them.</summary>
    private const int MostQueued = 256;

    /// <summary>Slots that are made up for when the clock was missed; beyond, the clock starts anew.</summary>
    private const int MostBehind = 64;
    private readonly SpaceMap space;
    private readonly Action<Exception> fail;
    private readonly long slotsPerSecond;
    private readonly NoiseStream noise = new();
    private readonly AlignedBuffer decoy = new(Geometry.SlotSize);
    private readonly AlignedBufferPool buffers = new(Geometry.SlotSize, MostQueued);
    private readonly Queue<Slot> queue = new(MostQueued);
    private readonly object gate = new();
    private Thread? thread;
    private bool isRunning;
    private bool isStopping;
    private long steps;
    private long flushesBegun;
    private long flushesEnded;
    private long roots;
    private Exception? flushFailure;
    private long written;
    private long skipped;

    /// <param name="inner">The medium.</param>
    /// <param name="space">Where free slots are borrowed.</param>
    /// <param name="rate">Bytes a second, <see cref="ContainerOptions.LeastCover"/> to <see cref="ContainerOptions.MostCover"/>.</param>
    /// <param name="fail">Told when noise or a flush fails that nobody waits for.</param>
    public PacedMedium(IMedium inner, SpaceMap space, long rate, Action<Exception> fail)
        : base(inner)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(rate, ContainerOptions.LeastCover);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(rate, ContainerOptions.MostCover);
        this.space = space;
        this.fail = fail;
        slotsPerSecond = rate / Geometry.SlotSize;
    }

    /// <summary>Slots of noise written.</summary>
    public long Written => Interlocked.Read(ref written);

    /// <summary>Slots of noise left out because little was free.</summary>
    public long Skipped => Interlocked.Read(ref skipped);

    public void Start()
    {
        lock (gate)
        {
            isRunning = true;
        }

        thread = new Thread(Run) { IsBackground = true, Name = "tessera pace" };
        thread.Start();
    }

    /// <summary>Noise is written no more; what waits is.</summary>
    public void Halt()
    {
        lock (gate)
        {
            isStopping = true;
            Monitor.PulseAll(gate);
        }
    }

    /// <summary>Writes what waits, and lets everything go straight on from now on.</summary>
    public void Stop()
    {
        Halt();
        thread?.Join();
    }

    public override void ReadEach(ReadOnlySpan<long> offsets, Span<byte> buffer) => Inner.ReadEach(offsets, buffer);

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode) => WriteEach([offset], data, mode);

    /// <summary>Returns when all slots are written, each in its turn: past the page cache, as all that is placed.</summary>
    public override void WriteEach(ReadOnlySpan<long> offsets, ReadOnlySpan<byte> data, WriteMode mode)
    {
        int each = data.Length / Math.Max(1, offsets.Length);
        var call = new PacedCall();
        int at = 0;
        Blocking.Announce();
        for (; at < data.Length; at += Geometry.SlotSize)
        {
            AlignedBuffer buffer = buffers.Rent();
            data.Slice(at, Geometry.SlotSize).CopyTo(buffer.Span);
            if (!TryQueue(new Slot(offsets[at / each] + (at % each), buffer, call)))
            {
                buffers.Return(buffer);
                break;
            }
        }

        call.Wait();
        for (; at < data.Length; at += Geometry.SlotSize)
        {
            Inner.Write(offsets[at / each] + (at % each), data.Slice(at, Geometry.SlotSize), mode);
        }
    }

    /// <summary>Returns after a flush that began after the call.</summary>
    public override void Flush()
    {
        Blocking.Announce();
        lock (gate)
        {
            for (long awaited = flushesBegun + 1; isRunning && flushesEnded < awaited;)
            {
                Monitor.Wait(gate);
            }

            if (flushFailure is not null)
            {
                ExceptionDispatchInfo.Throw(flushFailure);
            }

            if (isRunning)
            {
                return;
            }
        }

        Inner.Flush();
    }

    /// <summary>Returns when it is time for a root, or at once when there is no pace to keep.</summary>
    public void AwaitRoot()
    {
        lock (gate)
        {
            for (long awaited = roots + 1; isRunning && !isStopping && roots < awaited;)
            {
                Monitor.Wait(gate);
            }
        }
    }

    protected override void Dispose(bool disposing)
    {
        Stop();
        noise.Dispose();
    }

    private bool TryQueue(Slot slot)
    {
        lock (gate)
        {
            while (isRunning && queue.Count >= MostQueued)
            {
                Monitor.Wait(gate);
            }

            if (!isRunning)
            {
                return false;
            }

            slot.Call.Add();
            queue.Enqueue(slot);
            return true;
        }
    }

    private void Run()
    {
        long began = Stopwatch.GetTimestamp();
        long due = 0;
        while (true)
        {
            long passed = (long)(Stopwatch.GetElapsedTime(began).TotalSeconds * slotsPerSecond);
            if (passed - due > MostBehind)
            {
                began = Stopwatch.GetTimestamp();
                (due, passed) = (0, 1);
            }

            for (; due < passed; due++)
            {
                Step();
            }

            lock (gate)
            {
                if (isStopping)
                {
                    break;
                }

                Monitor.Wait(gate, (int)Math.Max(1, 1000 / slotsPerSecond));
            }
        }

        End();
    }

    /// <summary>One slot, and what is due after it.</summary>
    private void Step()
    {
        noise.Fill(decoy.Span); // Before it is known whether it is needed: the time it takes must not tell.
        Slot? slot;
        lock (gate)
        {
            slot = queue.TryDequeue(out Slot first) ? first : null;
            Monitor.PulseAll(gate);
        }

        if (slot is { } real)
        {
            WriteReal(real);
        }
        else
        {
            WriteNoise();
        }

        steps++;
        if (steps % Math.Max(1, slotsPerSecond / FlushRate) == 0)
        {
            FlushAll();
        }

        if (steps % (slotsPerSecond * RootSeconds) == 0)
        {
            lock (gate)
            {
                roots++;
                Monitor.PulseAll(gate);
            }
        }
    }

    private void WriteReal(Slot slot)
    {
        Exception? failure = Try(slot.Offset, slot.Buffer);
        buffers.Return(slot.Buffer);
        slot.Call.End(failure);
    }

    private void WriteNoise()
    {
        if (!space.TryLend(out ulong place))
        {
            Interlocked.Increment(ref skipped);
            return;
        }

        Exception? failure = Try(SlotAddress.Offset(place), decoy);
        space.Lent(place);
        if (failure is null)
        {
            Interlocked.Increment(ref written);
        }
        else
        {
            EndInFailure(failure);
        }
    }

    private void FlushAll()
    {
        lock (gate)
        {
            flushesBegun++;
        }

        Exception? failure = Try(offset: 0, slot: null);
        lock (gate)
        {
            flushesEnded = flushesBegun;
            flushFailure ??= failure;
            Monitor.PulseAll(gate);
        }

        if (failure is not null)
        {
            EndInFailure(failure);
        }
    }

    /// <summary>Writes a slot, or flushes; what went wrong.</summary>
    private Exception? Try(long offset, AlignedBuffer? slot)
    {
        try
        {
            if (slot is null)
            {
                Inner.Flush();
            }
            else
            {
                Inner.Write(offset, slot.Span, WriteMode.Direct);
            }

            return null;
        }
#pragma warning disable CA1031 // Whatever it is, who waits must be told: this thread has no caller.
        catch (Exception failure)
#pragma warning restore CA1031
        {
            return failure;
        }
    }

    /// <summary>Nothing more is written to a disk that fails.</summary>
    private void EndInFailure(Exception failure)
    {
        Halt();
        fail(failure);
    }

    private void End()
    {
        while (true)
        {
            Slot slot;
            lock (gate)
            {
                if (!queue.TryDequeue(out slot))
                {
                    isRunning = false;
                    Monitor.PulseAll(gate);
                    return;
                }
            }

            WriteReal(slot);
        }
    }

    /// <summary>A slot that waits.</summary>
    private readonly record struct Slot(long Offset, AlignedBuffer Buffer, PacedCall Call);
}
