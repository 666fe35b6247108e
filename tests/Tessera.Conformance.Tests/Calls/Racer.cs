using System.Runtime.ExceptionServices;

namespace Tessera.Conformance.Tests.Calls;

/// <summary>An action on a thread of its own, at the same time as what the case does.</summary>
internal sealed class Racer
{
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    private readonly Thread _thread;
    private ExceptionDispatchInfo? _fault;

    public Racer(Action action)
    {
        _thread = new Thread(() =>
        {
            try
            {
                action();
            }
#pragma warning disable CA1031 // It is thrown on, on the thread that waits.
            catch (Exception caught)
#pragma warning restore CA1031
            {
                _fault = ExceptionDispatchInfo.Capture(caught);
            }
        })
        { IsBackground = true };
        _thread.Start();
    }

    /// <summary>Waits for the action's end; throws what it threw.</summary>
    public void End()
    {
        _thread.Join(s_limit).ShouldBeTrue("the other thread does not come to its end");
        _fault?.Throw();
    }

    /// <summary>Waits, without giving up the processor for long, until something has come about.</summary>
    public static void Await(Func<bool> condition) => SpinWait.SpinUntil(condition, s_limit).ShouldBeTrue("what is waited for does not come");
}
