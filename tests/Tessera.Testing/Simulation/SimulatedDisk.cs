using Tessera.Container.Media;

namespace Tessera.Testing.Simulation;

/// <summary>A disk and the host's cache before it, as pessimistic as <see cref="IMedium"/> allows, and repeatable from its seed.</summary>
/// <remarks>
/// <para>Record once, then cut as often as you like:</para>
/// <code>
/// DiskTrace trace = SimulatedDisk.Record(new SimulatedDiskOptions { Seed = seed }, medium => RunWorkload(medium));
/// foreach (PowerCut cut in trace.PickCuts(50, seed))
/// {
///     var disk = new SimulatedDisk(trace.ImageAfterCut(cut), new SimulatedDiskOptions { Seed = seed });
///     using SimulatedMedium medium = disk.Open();
///     RecoverAndCheck(medium, cut);
/// }
/// </code>
/// <para>Or let it happen: <see cref="DiskFaults.CutPowerAt"/>, then <see cref="ImageAfterCut"/>. The process may also die while the host
/// lives on: <see cref="Kill"/>, then <see cref="Open"/> again; what it left unflushed is still unflushed.</para>
/// <para>Any thread may call; a workload of one thread is repeated exactly.</para>
/// </remarks>
public sealed class SimulatedDisk
{
    private readonly Lock gate = new();
    private readonly SimulatedDiskOptions options;
    private readonly DiskImage current;
    private readonly DiskTrace trace;
    private readonly List<SimulatedMedium> openMedia = [];
    private DiskImage flushed;
    private long unflushedBytes;
    private bool hasLostWrites;
    private int? poweredOffAt;

    public SimulatedDisk(SimulatedDiskOptions options)
        : this(new DiskImage(options.LengthBytes, options.Seed), options)
    {
    }

    /// <summary>A disk that holds a copy of <paramref name="image"/>, all of it durable.</summary>
    public SimulatedDisk(DiskImage image, SimulatedDiskOptions options)
    {
        this.options = options;
        current = image.Clone();
        flushed = current.Clone().Freeze();
        trace = new DiskTrace(flushed, options.Traced);
    }

    public DiskFaults Faults { get; } = new();

    public DiskCounters Counters { get; } = new();

    public DiskTrace Trace => trace;

    /// <summary>Whether the power has gone.</summary>
    public bool IsOff
    {
        get
        {
            lock (gate)
            {
                return poweredOffAt is not null;
            }
        }
    }

    /// <summary>Runs a workload on a new disk and returns what it did.</summary>
    public static DiskTrace Record(SimulatedDiskOptions options, Action<SimulatedMedium> workload) =>
        Record(new DiskImage(options.LengthBytes, options.Seed), options, workload);

    /// <summary>Runs a workload on a disk that holds a copy of <paramref name="start"/> and returns what it did.</summary>
    public static DiskTrace Record(DiskImage start, SimulatedDiskOptions options, Action<SimulatedMedium> workload)
    {
        var disk = new SimulatedDisk(start, options with { Traced = true });
        using SimulatedMedium medium = disk.Open();
        workload(medium);
        return disk.Trace;
    }

    /// <summary>Opens the disk for one writer, or for any number of readers.</summary>
    /// <exception cref="MediumException"><see cref="MediumFault.InUse"/>.</exception>
    public SimulatedMedium Open(bool readOnly = false)
    {
        lock (gate)
        {
            ThrowIfOff();
            if (openMedia.Exists(other => !readOnly || !other.IsReadOnly))
            {
                throw new MediumException(MediumFault.InUse, "The simulated disk is open already.");
            }

            var medium = new SimulatedMedium(this, options.Alignment, readOnly);
            openMedia.Add(medium);
            return medium;
        }
    }

    /// <summary>Kills the process that holds the disk: its media throw from now on, the host keeps all it had written.</summary>
    public void Kill()
    {
        lock (gate)
        {
            openMedia.ForEach(medium => medium.Die());
            openMedia.Clear();
        }

        Faults.ReleaseAll();
    }

    /// <summary>Cuts the power between two operations; every later operation throws <see cref="PowerCutException"/>.</summary>
    public void CutPower()
    {
        lock (gate)
        {
            poweredOffAt ??= trace.Count;
        }

        Faults.ReleaseAll();
    }

    /// <summary>What the next boot finds after the power cut that has happened, or that happens now if none has.</summary>
    public DiskImage ImageAfterCut(ulong seed, CutMode mode)
    {
        CutPower();
        return trace.ImageAfterCut(new PowerCut(poweredOffAt ?? trace.Count, seed, mode));
    }

    /// <summary>What another process on the same host finds now.</summary>
    public DiskImage ImageAfterKill()
    {
        lock (gate)
        {
            return current.Clone();
        }
    }

    /// <summary>Damages a bit of what is on the disk, in every later image too.</summary>
    public void FlipBit(long offset, int bit)
    {
        lock (gate)
        {
            // Made durable first: damage is not something a power cut undoes.
            SettleEverything();
            current.FlipBit(offset, bit);
            flushed = flushed.Clone();
            flushed.FlipBit(offset, bit);
            trace.AddCheckpoint(flushed);
        }
    }

    internal long Length
    {
        get
        {
            lock (gate)
            {
                return current.Length;
            }
        }
    }

    internal long FreeBytes => Math.Max(0, options.CapacityBytes - Length);

    internal void Read(SimulatedMedium medium, long offset, Span<byte> buffer)
    {
        MediumFault? fault = Enter(medium, DiskOperations.Read, buffer.Length);
        lock (gate)
        {
            ThrowIfStopped(medium);
            ThrowIf(fault, DiskOperations.Read, offset);
            ThrowIfOutside(offset, buffer.Length);
            current.Read(offset, buffer);
        }
    }

    /// <summary>Performs a write, flush, growth or punch: entered in the trace and visible to readers in one step.</summary>
    internal void Change(SimulatedMedium medium, DiskOperation operation)
    {
        MediumFault? fault = Enter(medium, operation.Kind, operation.Length);
        lock (gate)
        {
            ThrowIfStopped(medium);
            ThrowIfImpossible(operation);
            if (Faults.CutsAt(trace.Count))
            {
                poweredOffAt = trace.Count;
                trace.Append(operation);
            }
            else if (fault is null)
            {
                Perform(operation);
            }
            else
            {
                PerformBadly(operation);
                ThrowIf(fault, operation.Kind, operation.Offset);
            }
        }

        if (poweredOffAt is not null)
        {
            Faults.ReleaseAll();
            throw new PowerCutException();
        }
    }

    internal void Close(SimulatedMedium medium)
    {
        lock (gate)
        {
            openMedia.Remove(medium);
        }
    }

    private void Perform(DiskOperation operation)
    {
        trace.Append(operation);
        CutImage.Apply(current, operation);
        unflushedBytes += operation.Length;
        if (operation.Kind == DiskOperations.Flush || (!options.Traced && unflushedBytes > options.WriteBackBytes))
        {
            SettleEverything();
        }
    }

    /// <summary>Everything written is on the disk from now on, except what a failed flush has lost for good.</summary>
    private void SettleEverything()
    {
        flushed = hasLostWrites ? trace.ImageAfterCut(trace.Count, options.Seed, CutMode.Everything) : current.Clone();
        trace.AddCheckpoint(flushed);
        unflushedBytes = 0;
    }

    private void PerformBadly(DiskOperation operation)
    {
        int index = trace.Count;
        if (operation.Kind == DiskOperations.Flush)
        {
            trace.Append(operation with { Failed = true });
            trace.DecideUnflushed(index, SeededHash.Of(options.Seed, index));
            hasLostWrites = true;
        }
        else if (operation.IsWrite)
        {
            int sectors = SeededHash.Below(SeededHash.Of(options.Seed, index), operation.Sectors + 1);
            int length = sectors * DiskOperation.SectorBytes;
            Perform(operation with { Length = length, Data = operation.Data[..length], Failed = true });
        }
    }

    /// <summary>Counts an operation, and holds it where a test wants it held; outside of the lock, so that others go on.</summary>
    private MediumFault? Enter(SimulatedMedium medium, DiskOperations kind, long length)
    {
        (MediumFault? fault, OperationGate? held) = (null, null);
        lock (gate)
        {
            ThrowIfStopped(medium);
            Counters.Count(kind, length);
            (fault, held) = Faults.Next(kind);
        }

        held?.Pass();
        return fault;
    }

    private void ThrowIfImpossible(DiskOperation operation)
    {
        if (operation.Kind == DiskOperations.Grow)
        {
            if (operation.Offset < current.Length)
            {
                throw new ArgumentException($"A disk of {current.Length} bytes cannot shrink to {operation.Offset}.", nameof(operation));
            }

            if (operation.Offset > options.CapacityBytes)
            {
                throw new MediumException(MediumFault.NoSpace, $"A simulated disk of at most {options.CapacityBytes} bytes cannot grow to {operation.Offset}.");
            }
        }
        else
        {
            ThrowIfOutside(operation.Offset, operation.Length);
        }
    }

    private void ThrowIfOutside(long offset, long length)
    {
        if (offset > current.Length - length)
        {
            throw new MediumException(MediumFault.Truncated, $"{length} bytes at {offset} are outside of a simulated disk of {current.Length} bytes.");
        }
    }

    private void ThrowIfStopped(SimulatedMedium medium)
    {
        ThrowIfOff();
        medium.ThrowIfClosed();
    }

    private void ThrowIfOff()
    {
        if (poweredOffAt is not null)
        {
            throw new PowerCutException();
        }
    }

    private static void ThrowIf(MediumFault? fault, DiskOperations kind, long offset)
    {
        if (fault is { } meant)
        {
            throw new MediumException(meant, $"Simulated fault: {kind} at {offset} failed.");
        }
    }
}
