using Tessera.HostFiles.Native;

namespace Tessera.HostFiles.Nodes;

/// <summary>A descriptor in use for one operation: a shared one is let go, one's own is closed.</summary>
internal readonly struct Pin : IDisposable
{
    private readonly Descriptor? shared;
    private readonly int number;

    public Pin(Descriptor shared)
    {
        this.shared = shared;
        number = shared.Number;
    }

    public Pin(int own) => number = own;

    public int Number => number;

    public void Dispose()
    {
        if (shared is not null)
        {
            shared.LetGo();
        }
        else
        {
            _ = Libc.Close(number);
        }
    }
}
