namespace Tessera.Host.Logging;

/// <summary>The log of a mount in the foreground: standard error, with the journal's level prefix (sd-daemon(3)) when systemd reads it.</summary>
internal sealed class StandardErrorLog : ILogOutput
{
    private readonly Stream _stream = Console.OpenStandardError();
    private readonly bool _journal = Environment.GetEnvironmentVariable("JOURNAL_STREAM") is { Length: > 0 };

    public void Write(LogLevel level, ReadOnlySpan<byte> line)
    {
        byte[] prefix = _journal ? [(byte)'<', (byte)('0' + (int)level), (byte)'>'] : [];
        try
        {
            _stream.Write([.. prefix, .. line, (byte)'\n']);
        }
        catch (IOException)
        {
            // Whoever read it is gone; the mount lives on.
        }
    }

    public void Reopen()
    {
        // There is no file to open.
    }
}
