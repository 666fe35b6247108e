namespace Tessera.Host.Alarms;

/// <summary>What is counted.</summary>
internal enum AlarmKind
{
    /// <summary>Bytes of files that the kernel did not have in its memory.</summary>
    Reads = 0,

    /// <summary>Names removed, and files cut to nothing.</summary>
    Deletes,
}
