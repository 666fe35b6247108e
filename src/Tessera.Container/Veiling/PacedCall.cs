using System.Runtime.ExceptionServices;
using Tessera.Container.Media;

namespace Tessera.Container.Veiling;

/// <summary>One call of <see cref="PacedMedium.Write"/>, until all of its slots are written.</summary>
internal sealed class PacedCall
{
    private readonly object gate = new();
    private int left;
    private Exception? failed;

    public void Add()
    {
        lock (gate)
        {
            left++;
        }
    }

    public void End(Exception? failure)
    {
        lock (gate)
        {
            failed ??= failure;
            left--;
            Monitor.Pulse(gate);
        }
    }

    /// <exception cref="MediumException">One of them was not written.</exception>
    public void Wait()
    {
        lock (gate)
        {
            while (left > 0)
            {
                Monitor.Wait(gate);
            }
        }

        if (failed is not null)
        {
            ExceptionDispatchInfo.Throw(failed);
        }
    }
}
