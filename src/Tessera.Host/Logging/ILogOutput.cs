namespace Tessera.Host.Logging;

/// <summary>Where log lines go. Called by one thread at a time; a failure to write must not reach the caller: the log is not the work.</summary>
internal interface ILogOutput
{
    /// <param name="level">For outputs that have levels of their own.</param>
    /// <param name="line">UTF-8 JSON without a line end, lent until the call returns.</param>
    void Write(LogLevel level, ReadOnlySpan<byte> line);

    /// <summary>Opens files anew, after logrotate(8) has moved them (SIGHUP).</summary>
    void Reopen();
}
