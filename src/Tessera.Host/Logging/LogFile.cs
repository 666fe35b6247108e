namespace Tessera.Host.Logging;

/// <summary>A log of bounded size: when it is full it becomes FILE.1, replacing the one before.</summary>
internal sealed class LogFile : ILogOutput, IDisposable
{
    /// <summary>With its predecessor twice that: months of a quiet mount, minutes of a failing disk.</summary>
    public const long MaxBytes = 16 * 1024 * 1024;

    private readonly string _path;
    private readonly long _maxBytes;
    private FileStream? _file;

    public LogFile(string path, long maxBytes = MaxBytes)
    {
        _path = path;
        _maxBytes = maxBytes;
        _file = OpenAtEnd(path);
    }

    /// <summary>Lines that could not be written since the log was opened: the disk was full, or the file taken away.</summary>
    public long LostLines { get; private set; }

    public void Write(LogLevel level, ReadOnlySpan<byte> line)
    {
        try
        {
            if (_file is null || _file.Length + line.Length + 1 > _maxBytes)
            {
                Rotate();
            }

            _file!.Write(line);
            _file.WriteByte((byte)'\n');
            _file.Flush();
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LostLines++;
        }
    }

    public void Reopen()
    {
        _file?.Dispose();
        _file = null;
        try
        {
            _file = OpenAtEnd(_path);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            LostLines++; // The next line tries again.
        }
    }

    public void Dispose() => _file?.Dispose();

    private static FileStream OpenAtEnd(string path) => new(path, new FileStreamOptions
    {
        Mode = FileMode.Append,
        Access = FileAccess.Write,
        Share = FileShare.ReadWrite | FileShare.Delete,
        UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
    });

    private void Rotate()
    {
        bool full = _file is not null;
        _file?.Dispose();
        _file = null;
        if (full)
        {
            File.Move(_path, _path + ".1", overwrite: true);
        }

        _file = OpenAtEnd(_path);
    }
}
