using System.Runtime.InteropServices;

namespace Tessera.Host.Daemon;

/// <summary>Signals as daemons take them: SIGTERM and SIGINT stop in good order, a second one at once; SIGHUP opens the log anew.</summary>
internal sealed class StopSignals : IDisposable
{
    private readonly PosixSignalRegistration[] _registrations;
    private readonly Action<int> _stop;
    private int _count;

    /// <param name="stop">Called with 1 for the first, 2 for the second signal, ….</param>
    /// <param name="reopenLog">Called on SIGHUP.</param>
    public StopSignals(Action<int> stop, Action reopenLog)
    {
        _stop = stop;
        _registrations =
        [
            PosixSignalRegistration.Create(PosixSignal.SIGTERM, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGINT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGQUIT, Stop),
            PosixSignalRegistration.Create(PosixSignal.SIGHUP, context =>
            {
                context.Cancel = true;
                reopenLog();
            }),
        ];
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }

    private void Stop(PosixSignalContext context)
    {
        context.Cancel = true;
        _stop(Interlocked.Increment(ref _count));
    }
}
