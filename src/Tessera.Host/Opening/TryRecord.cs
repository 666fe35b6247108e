using System.Buffers.Binary;
using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Tessera.Host.Native;

namespace Tessera.Host.Opening;

/// <summary>How many wrong passphrases of a volume were tried one after the other, and when the last: 16 bytes of a file.</summary>
/// <param name="Wrong">Tries; 0: none that counts.</param>
/// <param name="LastMs">Milliseconds since 1970 UTC.</param>
internal readonly record struct TryRecord(int Wrong, long LastMs)
{
    /// <summary>Anybody mistypes so often.</summary>
    public const int FreeTries = 3;

    /// <summary>Files at most: a lock of which nobody has tried anything wrong has none.</summary>
    public const int MaxFiles = 256;

    public static readonly TimeSpan LongestWait = TimeSpan.FromSeconds(60);

    /// <summary>After so long without a wrong try it begins anew.</summary>
    public static readonly TimeSpan Forgotten = TimeSpan.FromHours(1);

    private const int Bytes = 16;
    private const int LastAt = 8;
    private const int NameBytes = 16;
    private const int MaxWrong = 1_000_000;
    private const int MostDoublings = 6;
    private const int FilesLookedAt = 4 * MaxFiles;

    private static ReadOnlySpan<byte> NamePurpose => "tessera wrong tries"u8;

    /// <summary>The file's name: whoever has the lock can compute it, and nobody can tell from it which volume it is of.</summary>
    public static string NameOf(Guid volume)
    {
        byte[] id = [.. NamePurpose, .. volume.ToByteArray(bigEndian: true)];
        return Convert.ToHexStringLower(SHA256.HashData(id).AsSpan(0, NameBytes));
    }

    /// <summary>What is noted; nothing where that is no record, or too old. A time to come, because a clock was set back, is now.</summary>
    public static TryRecord Read(SafeFileHandle file, DateTimeOffset now)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        int length;
        try
        {
            length = RandomAccess.Read(file, bytes, 0);
        }
        catch (IOException)
        {
            return default; // It cannot be read: nobody is kept out by that.
        }

        return length == Bytes ? Of(BinaryPrimitives.ReadInt32LittleEndian(bytes), BinaryPrimitives.ReadInt64LittleEndian(bytes[LastAt..]), now.ToUnixTimeMilliseconds()) : default;
    }

    /// <summary>With one wrong try more, which was now.</summary>
    public TryRecord Next(DateTimeOffset now) => new(Math.Min(Wrong + 1, MaxWrong), now.ToUnixTimeMilliseconds());

    /// <summary>How long the next try has to wait.</summary>
    public TimeSpan Left(DateTimeOffset now)
    {
        if (Wrong < FreeTries)
        {
            return TimeSpan.Zero;
        }

        TimeSpan whole = TimeSpan.FromSeconds(Math.Min(1 << Math.Min(Wrong - FreeTries, MostDoublings), LongestWait.TotalSeconds));
        TimeSpan left = whole - TimeSpan.FromMilliseconds(now.ToUnixTimeMilliseconds() - LastMs);
        return left < TimeSpan.Zero ? TimeSpan.Zero : left < whole ? left : whole;
    }

    /// <exception cref="IOException">It cannot be written.</exception>
    public void Write(SafeFileHandle file)
    {
        Span<byte> bytes = stackalloc byte[Bytes];
        bytes.Clear();
        BinaryPrimitives.WriteInt32LittleEndian(bytes, Wrong);
        BinaryPrimitives.WriteInt64LittleEndian(bytes[LastAt..], LastMs);
        RandomAccess.Write(file, bytes, 0);
        RandomAccess.SetLength(file, Bytes);
    }

    /// <summary>Removes files that tell nothing any more, and the oldest beyond <see cref="MaxFiles"/>; not those that somebody holds.</summary>
    public static void Prune(string directory, string except)
    {
        DateTime old = DateTime.UtcNow - Forgotten;
        FileInfo[] files = [.. new DirectoryInfo(directory).EnumerateFiles().Take(FilesLookedAt).Where(file => file.FullName != except).OrderByDescending(file => file.LastWriteTimeUtc)];
        for (int i = 0; i < files.Length; i++)
        {
            if (i >= MaxFiles - 1 || files[i].LastWriteTimeUtc < old)
            {
                Remove(files[i].FullName);
            }
        }
    }

    private static TryRecord Of(int wrong, long lastMs, long nowMs) =>
        wrong is < 1 or > MaxWrong || nowMs - lastMs > Forgotten.TotalMilliseconds ? default : new TryRecord(wrong, Math.Min(lastMs, nowMs));

    private static void Remove(string path)
    {
        int descriptor = Libc.Open(path, Libc.O_RDWR | Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            return;
        }

        using var file = new SafeFileHandle(descriptor, ownsHandle: true);
        if (Libc.Lock(file, Libc.LOCK_EX | Libc.LOCK_NB) == 0 && FileIdentity.Of(file) == FileIdentity.Of(file, path))
        {
            _ = Libc.Unlink(path);
        }
    }
}
