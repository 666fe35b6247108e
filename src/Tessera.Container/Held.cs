using Tessera.Core;

namespace Tessera.Container;

/// <summary>A lock held to the end of a block; waiting for it is announced first (docs/concurrency.md, Threads).</summary>
internal readonly ref struct Held
{
    private readonly Lock gate;

    private Held(Lock gate) => this.gate = gate;

    public static Held Enter(Lock gate)
    {
        if (!gate.TryEnter())
        {
            Blocking.Announce();
            gate.Enter();
        }

        return new Held(gate);
    }

    public void Dispose() => gate.Exit();
}
