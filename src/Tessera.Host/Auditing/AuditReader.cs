using Tessera.Host.Native;

namespace Tessera.Host.Auditing;

/// <summary>Reads the lines of a file one by one, however long it is, and goes on where it grows or another takes its name.</summary>
internal sealed class AuditReader : IDisposable
{
    private readonly string path;
    private FileStream file;
    private byte[] buffer = new byte[64 << 10];
    private int begin;
    private int end;
    private bool isTooLong;

    /// <exception cref="IOException">It cannot be opened.</exception>
    public AuditReader(string path)
    {
        this.path = Path.GetFullPath(path);
        file = Open();
    }

    /// <summary>Of the line that was read last, from 1.</summary>
    public long Number { get; private set; }

    /// <summary>The next line, lent until the next call.</summary>
    /// <param name="line">Without its end; empty where the line is longer than any may be.</param>
    /// <returns>False: there is none yet.</returns>
    public bool TryRead(out ReadOnlySpan<byte> line)
    {
        while (true)
        {
            int length = buffer.AsSpan(begin, end - begin).IndexOf((byte)'\n');
            if (length >= 0)
            {
                line = isTooLong ? default : buffer.AsSpan(begin, length);
                isTooLong = false;
                begin += length + 1;
                Number++;
                return true;
            }

            if (!Fill())
            {
                line = default;
                return false;
            }
        }
    }

    /// <summary>What is after the last line's end: a line that is being written, or was not written to its end.</summary>
    public bool TryReadRest(out ReadOnlySpan<byte> line)
    {
        line = isTooLong ? default : buffer.AsSpan(begin, end - begin);
        bool isThere = isTooLong || end > begin;
        (begin, isTooLong) = (end, false);
        Number += isThere ? 1 : 0;
        return isThere;
    }

    /// <summary>Goes on with the file that has the name now, if that is another: the one before has been read to its end.</summary>
    /// <returns>False: it is the same, or none is there.</returns>
    public bool TryFollow()
    {
        if (!Path.Exists(path) || FileIdentity.Of(file.SafeFileHandle, path) == FileIdentity.Of(file.SafeFileHandle))
        {
            return false;
        }

        file.Dispose();
        file = Open();
        (begin, end, isTooLong, Number) = (0, 0, false, 0);
        return true;
    }

    public void Dispose() => file.Dispose();

    private FileStream Open() => new(path, new FileStreamOptions { Share = FileShare.ReadWrite | FileShare.Delete, BufferSize = 0 });

    private bool Fill()
    {
        if (begin > 0)
        {
            buffer.AsSpan(begin, end - begin).CopyTo(buffer);
            (begin, end) = (0, end - begin);
        }

        if (end == AuditLimits.MaxLine)
        {
            (end, isTooLong) = (0, true); // The rest of it is passed over as well.
        }
        else if (end == buffer.Length)
        {
            Array.Resize(ref buffer, Math.Min(AuditLimits.MaxLine, buffer.Length * 2));
        }

        int read = file.Read(buffer, end, buffer.Length - end);
        end += read;
        return read > 0;
    }
}
