using Tessera.Container.Format;

namespace Tessera.Container.Remembering;

/// <summary>Compares a volume with the counter that it is bound to, and counts an opening for writing: the volume first, then the counter (docs/format/memory.md, The counter).</summary>
internal sealed class CounterGuard(ContainerOptions options)
{
    private ulong? value;

    /// <summary>The volume is where its counter is. Otherwise, though accepted, another volume may be counting on that.</summary>
    private bool fits;

    /// <summary>Asks the device for the counter that a root names.</summary>
    /// <exception cref="ContainerFormatException"><see cref="FormatFault.RolledBack"/>, unless that is accepted.</exception>
    public void Check(RootRecord root)
    {
        if (root.Counter is not { } bound)
        {
            return;
        }

        string? difference = Compare(bound);
        fits = difference is null;
        if (difference is not null && !options.AcceptRollback)
        {
            throw new ContainerFormatException(FormatFault.RolledBack, difference);
        }
    }

    /// <summary>Begins an opening for writing, and counts it. After <see cref="Check"/>.</summary>
    /// <param name="store">About to begin; abandoned when the device refuses.</param>
    /// <param name="begin">Begins it with what its roots say of the counter; both kept ones are durable when this returns, so that whichever opens next is not behind the counter.</param>
    /// <exception cref="IOException">The device refused: the volume is as it was, or one ahead of the counter, which the next opening takes as it should be.</exception>
    public void Count(ContainerStore store, Action<CounterBinding?> begin)
    {
        CounterBinding? before = store.Root.Counter;
        CounterBinding? now = Next(before);
        begin(now);
        try
        {
            Advance(before, now);
        }
        catch
        {
            store.Abandon();
            throw;
        }
    }

    private CounterBinding? Next(CounterBinding? bound)
    {
        if (options.CounterUse == CounterUse.Release)
        {
            return null;
        }

        if (options.CounterUse == CounterUse.Bind && !fits)
        {
            (byte[] name, ulong first) = Device.Create();
            (bound, value) = (new CounterBinding(name, first), first);
        }

        // One that cannot be read, and was accepted so, is kept: the next opening says so again.
        return bound is not null && value is { } current ? bound with { Value = current + 1 } : bound;
    }

    private void Advance(CounterBinding? before, CounterBinding? now)
    {
        if (now is not null && value is { } current && now.Value == current + 1)
        {
            Device.Increment(now.Name);
        }

        if (fits && before is not null && !(now is not null && now.Name.AsSpan().SequenceEqual(before.Name)))
        {
            options.Counter?.Remove(before.Name);
        }
    }

    private IRollbackCounter Device => options.Counter ?? throw new IOException("There is no device with counters here.");

    private string? Compare(CounterBinding bound)
    {
        if (options.Counter is null)
        {
            return "The volume is bound to a counter, and nothing here can read it.";
        }

        if (options.Counter.TryRead(bound.Name, out ulong current) is { } reason)
        {
            return $"The volume is bound to a counter, so that an older copy of it is noticed, and the counter cannot be read: {reason}";
        }

        value = current;
        return current > bound.Value
            ? $"The volume is older than its counter: an older copy of it has been put back. Openings for writing counted: {current}; the volume knows of {bound.Value}."
            : current + 1 < bound.Value ? $"The counter is behind the volume ({current}, and {bound.Value}): it is not the one that has counted."
            : null;
    }
}
