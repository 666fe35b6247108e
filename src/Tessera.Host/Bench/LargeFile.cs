using Microsoft.Win32.SafeHandles;
using Tessera.Host.Native;

namespace Tessera.Host.Bench;

/// <summary>Workloads on one large file, and on one that grows.</summary>
internal static class LargeFile
{
    private const int Page = 4096;
    private const int Seed = 20261121;

    /// <summary>In 1 MiB writes, with an fsync at the end.</summary>
    public static Measurement Write(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(place.Large, FileMode.CreateNew, FileAccess.Write);
        byte[] chunk = Noise(BenchPlan.ChunkBytes);
        var sampler = new Sampler(plan.Limit, cancellation);
        for (long at = 0; at < plan.FileBytes && sampler.HasTime; at += chunk.Length)
        {
            BitConverter.TryWriteBytes(chunk, at); // No two chunks are the same.
            sampler.Begin();
            RandomAccess.Write(file, chunk, at);
            sampler.End(chunk.Length);
        }

        RandomAccess.FlushToDisk(file);
        return sampler.Finish();
    }

    /// <summary>In 1 MiB reads, the kernel's page cache dropped before.</summary>
    public static Measurement Read(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        using SafeFileHandle file = OpenCold(place);
        long length = RandomAccess.GetLength(file);
        byte[] chunk = new byte[BenchPlan.ChunkBytes];
        var sampler = new Sampler(plan.Limit, cancellation);
        for (long at = 0; at < length && sampler.HasTime; at += chunk.Length)
        {
            sampler.Begin();
            int read = RandomAccess.Read(file, chunk, at);
            sampler.End(read);
        }

        return sampler.Finish();
    }

    /// <summary>Pages in an order by chance, each once, the kernel's page cache dropped before.</summary>
    public static Measurement ReadAtRandom(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        using SafeFileHandle file = OpenCold(place);
        Libc.Advise(file, 0, 0, Libc.POSIX_FADV_RANDOM);
        int[] pages = Shuffled(RandomAccess.GetLength(file));
        byte[] page = new byte[Page];
        var sampler = new Sampler(plan.Limit, cancellation);
        for (int i = 0; i < pages.Length && sampler.HasTime; i++)
        {
            sampler.Begin();
            RandomAccess.Read(file, page, (long)pages[i] * Page);
            sampler.End(1);
        }

        return sampler.Finish();
    }

    /// <summary>Pages in an order by chance, each at most once, with an fsync at the end.</summary>
    public static Measurement WriteAtRandom(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(place.Large, FileMode.Open, FileAccess.Write);
        int[] pages = Shuffled(RandomAccess.GetLength(file));
        byte[] page = Noise(Page);

        // Half of the time for the writes: the kernel takes them as fast as it can, and their fsync needs the rest.
        var sampler = new Sampler(plan.Limit / 2, cancellation);
        for (int i = 0; i < pages.Length / 4 && sampler.HasTime; i++)
        {
            BitConverter.TryWriteBytes(page, i);
            sampler.Begin();
            RandomAccess.Write(file, page, (long)pages[i] * Page);
            sampler.End(1);
        }

        RandomAccess.FlushToDisk(file);
        return sampler.Finish();
    }

    /// <summary>4 KiB at the end of a file, and an fsync after each.</summary>
    public static Measurement Append(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        using SafeFileHandle file = File.OpenHandle(place.Journal, FileMode.CreateNew, FileAccess.Write);
        byte[] page = Noise(Page);
        var sampler = new Sampler(plan.Limit, cancellation);
        for (int i = 0; i < plan.Appends && sampler.HasTime; i++)
        {
            BitConverter.TryWriteBytes(page, i);
            sampler.Begin();
            RandomAccess.Write(file, page, (long)i * Page);
            RandomAccess.FlushToDisk(file);
            sampler.End(1);
        }

        return sampler.Finish();
    }

    /// <summary>Dropping works on clean pages only: everything was synced by whoever wrote it.</summary>
    private static SafeFileHandle OpenCold(BenchPlace place)
    {
        SafeFileHandle file = File.OpenHandle(place.Large);
        Libc.Advise(file, 0, 0, Libc.POSIX_FADV_DONTNEED);
        return file;
    }

    private static byte[] Noise(int length)
    {
        byte[] bytes = new byte[length];
        new Random(Seed).NextBytes(bytes);
        return bytes;
    }

    private static int[] Shuffled(long length)
    {
        int[] pages = [.. Enumerable.Range(0, (int)(length / Page))];
        new Random(Seed).Shuffle(pages);
        return pages;
    }
}
