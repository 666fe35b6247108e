namespace Tessera.Host.Daemon;

/// <summary>Lines over a stream, each bounded in length.</summary>
internal sealed class LineChannel
{
    private readonly Stream _stream;
    private readonly byte[] _buffer;
    private int _filled;

    /// <param name="stream">Stays the caller's.</param>
    /// <param name="maxLineBytes">A longer line from the other side is an <see cref="InvalidDataException"/>.</param>
    public LineChannel(Stream stream, int maxLineBytes)
    {
        _stream = stream;
        _buffer = new byte[maxLineBytes + 1];
    }

    /// <summary>The next line as what it is parsed to; null when the other side has closed.</summary>
    /// <exception cref="InvalidDataException">The line is too long, or what <paramref name="parse"/> throws.</exception>
    public async Task<T?> ReadAsync<T>(Func<ReadOnlyMemory<byte>, T> parse, CancellationToken cancellation)
        where T : class
    {
        while (true)
        {
            int end = Array.IndexOf(_buffer, (byte)'\n', 0, _filled);
            if (end >= 0)
            {
                return TakeLine(end, parse);
            }

            if (_filled == _buffer.Length)
            {
                throw new InvalidDataException($"A control message is longer than {_buffer.Length - 1} bytes.");
            }

            int count = await _stream.ReadAsync(_buffer.AsMemory(_filled), cancellation);
            if (count == 0)
            {
                return null;
            }

            _filled += count;
        }
    }

    public async Task WriteAsync(ReadOnlyMemory<byte> line, CancellationToken cancellation) => await _stream.WriteAsync(line, cancellation);

    private T TakeLine<T>(int end, Func<ReadOnlyMemory<byte>, T> parse)
    {
        try
        {
            return parse(_buffer.AsMemory(0, end));
        }
        finally
        {
            _filled -= end + 1;
            Array.Copy(_buffer, end + 1, _buffer, 0, _filled);
        }
    }
}
