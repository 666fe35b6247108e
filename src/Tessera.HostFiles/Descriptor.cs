using Tessera.HostFiles.Native;

namespace Tessera.HostFiles;

/// <summary>A descriptor shared by those who use it at the moment: closed when the last lets go.</summary>
internal sealed class Descriptor(int number)
{
    private int users = 1;

    public int Number => number;

    /// <summary>False when it is closed already.</summary>
    public bool TryUse()
    {
        int seen = Volatile.Read(ref users);
        while (seen > 0)
        {
            int before = Interlocked.CompareExchange(ref users, seen + 1, seen);
            if (before == seen)
            {
                return true;
            }

            seen = before;
        }

        return false;
    }

    public void LetGo()
    {
        if (Interlocked.Decrement(ref users) == 0)
        {
            _ = Libc.Close(number);
        }
    }
}
