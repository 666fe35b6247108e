namespace Tessera.Host.Logging;

/// <summary>Weights of log lines, with syslog's numbers (syslog(3)), which the journal reads too.</summary>
internal enum LogLevel
{
    Error = 3,
    Warning = 4,
    Info = 6,
}
