namespace Tessera.Host.Alarms;

/// <summary>What becomes of a mount in which more is read or deleted than its rates allow.</summary>
internal enum AlarmAction
{
    /// <summary>It is told, and nothing else.</summary>
    Warn = 0,

    /// <summary>What is too fast waits for its turn.</summary>
    Throttle,

    /// <summary>Nothing is opened, read or changed any more until the volume is mounted anew.</summary>
    Lock,
}
