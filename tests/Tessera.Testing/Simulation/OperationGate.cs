namespace Tessera.Testing.Simulation;

/// <summary>Holds one operation of a simulated disk until the test lets it go; no clock is involved.</summary>
public sealed class OperationGate
{
    private readonly TaskCompletionSource reached = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource released = new(TaskCreationOptions.RunContinuationsAsynchronously);

    /// <summary>Completes when the operation has arrived and waits.</summary>
    public Task Reached => reached.Task;

    /// <summary>Lets the operation go on; also before it has come.</summary>
    public void Release() => released.TrySetResult();

    internal void Pass()
    {
        reached.TrySetResult();
        released.Task.GetAwaiter().GetResult();
    }
}
