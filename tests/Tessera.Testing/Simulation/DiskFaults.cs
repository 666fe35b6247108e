using Tessera.Container.Media;

namespace Tessera.Testing.Simulation;

/// <summary>What shall go wrong with a simulated disk, and when, counted in operations.</summary>
public sealed class DiskFaults
{
    private readonly Lock gate = new();
    private readonly List<Rule> rules = [];
    private int cutAt = int.MaxValue;

    /// <summary>Fails operations: the <paramref name="nth"/> of these kinds from now on, and as many as <paramref name="times"/> says.</summary>
    /// <remarks>
    /// A failed write may have changed sectors from its beginning on. A failed flush decides for good which unflushed sectors are on the disk;
    /// reads still show them all, as a page cache does, and later flushes succeed without writing the rest (fsync(2), "fsyncgate").
    /// </remarks>
    public void Fail(DiskOperations kinds, int nth = 1, int times = 1, MediumFault fault = MediumFault.Failed) =>
        Add(new Rule(kinds, nth, times) { Fault = fault });

    /// <summary>
    /// Holds the <paramref name="nth"/> operation of these kinds from now on, before it does anything, until the gate is released or the power goes.
    /// </summary>
    public OperationGate Stall(DiskOperations kinds, int nth = 1)
    {
        var stalled = new OperationGate();
        Add(new Rule(kinds, nth, 1) { Gate = stalled });
        return stalled;
    }

    /// <summary>Cuts the power in the middle of an operation, counted as in <see cref="DiskTrace"/>; it and all later ones throw <see cref="PowerCutException"/>.</summary>
    public void CutPowerAt(int operation)
    {
        lock (gate)
        {
            cutAt = operation;
        }
    }

    /// <summary>Nothing that has not happened yet shall happen; held operations go on.</summary>
    public void Clear()
    {
        lock (gate)
        {
            ReleaseAll();
            rules.Clear();
            cutAt = int.MaxValue;
        }
    }

    internal bool CutsAt(int operation)
    {
        lock (gate)
        {
            return operation >= cutAt;
        }
    }

    /// <summary>Counts an operation, and says what shall become of it.</summary>
    internal (MediumFault? Fault, OperationGate? Gate) Next(DiskOperations kind)
    {
        lock (gate)
        {
            MediumFault? fault = null;
            OperationGate? held = null;
            foreach (Rule rule in rules)
            {
                if (rule.Hits(kind))
                {
                    fault ??= rule.Fault;
                    held ??= rule.Gate;
                }
            }

            return (fault, held);
        }
    }

    internal void ReleaseAll()
    {
        lock (gate)
        {
            foreach (Rule rule in rules)
            {
                rule.Gate?.Release();
            }
        }
    }

    private void Add(Rule rule)
    {
        lock (gate)
        {
            rules.Add(rule);
        }
    }

    private sealed class Rule(DiskOperations kinds, int nth, int times)
    {
        private int seen;

        public MediumFault? Fault { get; init; }

        public OperationGate? Gate { get; init; }

        public bool Hits(DiskOperations kind)
        {
            if ((kinds & kind) == DiskOperations.None)
            {
                return false;
            }

            seen++;
            return seen >= nth && seen - nth < times;
        }
    }
}
