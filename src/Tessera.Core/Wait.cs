namespace Tessera.Core;

/// <summary>How long a thread that announces that it waits expects to.</summary>
public enum Wait
{
    /// <summary>Nobody can say: a lock, a flush, a large transfer.</summary>
    Open,

    /// <summary>One small transfer from or to a disk: tens of microseconds where it is healthy, so that handing work over to another thread may cost more.</summary>
    Brief,
}
