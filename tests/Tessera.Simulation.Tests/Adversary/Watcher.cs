using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Testing;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>Notes what goes to the disk, in its order: data, tree nodes, chains and the log, and their decoys. Not what goes to the roots and the veil, and with parity to the log: that this shows
/// is said in docs/threat-model.md, and is no question.</summary>
internal sealed class Watcher(IMedium inner, bool seesLog) : MediumDecorator(inner)
{
    private readonly Lock _gate = new();
    private readonly List<int> _flushes = [];
    private List<SlotWrite> _writes = [];

    private int Flushes
    {
        get
        {
            lock (_gate)
            {
                return _flushes.Count;
            }
        }
    }

    public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
    {
        if (mode == WriteMode.Direct || (seesLog && mode == WriteMode.Cached))
        {
            lock (_gate)
            {
                _writes.Add(new SlotWrite(offset / Geometry.SlotSize, data.Length / Geometry.SlotSize));
            }
        }

        base.Write(offset, data, mode);
    }

    public override void Flush()
    {
        lock (_gate)
        {
            _flushes.Add(_writes.Count);
        }

        base.Flush();
    }

    /// <summary>Slots written between each two flushes since the last call, once there are so many flushes.</summary>
    public IReadOnlyList<IReadOnlyList<SlotWrite>> TakeBetweenFlushes(int flushes)
    {
        Take();
        SpinWait.SpinUntil(() => Flushes > flushes, TestLimits.Patience).ShouldBeTrue("The pace has stopped.");
        lock (_gate)
        {
            return [.. Enumerable.Range(0, flushes).Select(i => _writes[_flushes[i].._flushes[i + 1]])];
        }
    }

    /// <summary>What was noted since the last call.</summary>
    public IReadOnlyList<SlotWrite> Take()
    {
        lock (_gate)
        {
            List<SlotWrite> taken = _writes;
            _writes = [];
            _flushes.Clear();
            return taken;
        }
    }
}
