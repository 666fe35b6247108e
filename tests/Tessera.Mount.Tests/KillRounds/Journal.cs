using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.KillRounds;

/// <summary>A file that stays open and is appended to, with an fsync now and then: what was fsync'd must be there, what follows may be cut short but not be wrong.</summary>
internal sealed class Journal
{
    public const string Name = "journal";

    /// <summary>The stream of bytes that the file is a beginning of repeats after so many.</summary>
    private const int Period = 1 << 20;

    private readonly string _path;
    private readonly byte[] _stream;
    private int _file = -1;
    private long _written;
    private long _synced;

    public Journal(string path, int seed)
    {
        _path = path;
        _stream = [.. Contents.Random(seed, Period).Bytes];
    }

    /// <summary>Opens it at its end.</summary>
    public void Open()
    {
        _file = Syscall.OpenFile(_path, Syscall.WriteOnly | Syscall.Create | Syscall.Append);
        _written = new FileInfo(_path).Length;
    }

    public void Append(int count, bool sync)
    {
        byte[] bytes = new byte[count];
        CopyTo(_written, bytes);
        Syscall.WriteAll(_file, bytes);
        _written += count;
        if (sync)
        {
            Syscall.SyncFile(_file);
            _synced = _written;
        }
    }

    /// <summary>Lets go of a dead mount.</summary>
    public void Drop()
    {
        if (_file >= 0)
        {
            Syscall.DropFile(_file);
            _file = -1;
        }
    }

    public void Verify()
    {
        byte[] found = File.Exists(_path) ? File.ReadAllBytes(_path) : [];
        ((long)found.Length).ShouldBeGreaterThanOrEqualTo(_synced, $"{_path} lost what was fsync'd");
        byte[] expected = new byte[found.Length];
        CopyTo(0, expected);
        found.AsSpan().SequenceEqual(expected).ShouldBeTrue($"{_path} holds bytes that were never written there");
        _synced = found.Length;
    }

    private void CopyTo(long position, Span<byte> destination)
    {
        while (!destination.IsEmpty)
        {
            ReadOnlySpan<byte> piece = _stream.AsSpan((int)(position % Period));
            piece = piece[..Math.Min(piece.Length, destination.Length)];
            piece.CopyTo(destination);
            destination = destination[piece.Length..];
            position += piece.Length;
        }
    }
}
