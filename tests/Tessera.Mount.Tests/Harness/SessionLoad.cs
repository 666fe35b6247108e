using System.Diagnostics;

namespace Tessera.Mount.Tests.Harness;

/// <summary>Programs that use many mounts slowly: in each, once a second, one name is looked up and 4 KiB are read, or, one time in ten, written.</summary>
internal sealed class SessionLoad(IReadOnlyList<string> mounts, TimeSpan time, int seed)
{
    private const int Threads = 16;
    private const int PieceBytes = 4096;
    private const int Pieces = 64;
    private const int WriteOneIn = 10;

    /// <summary>Mounts[i]/data, of <see cref="FileBytes"/>, is what is read; each name is looked up once.</summary>
    public const int FileBytes = Pieces * PieceBytes;

    private readonly ManualResetEventSlim never = new();
    private readonly List<double>[] took = [.. Enumerable.Range(0, Threads).Select(_ => new List<double>())];

    /// <summary>Runs, each mount at a moment of the second that is its own.</summary>
    /// <returns>Milliseconds of every call, in order.</returns>
    public double[] Run()
    {
        Thread[] threads = [.. Enumerable.Range(0, Threads).Select(number => new Thread(() => Work(number)))];
        Array.ForEach(threads, thread => thread.Start());
        Array.ForEach(threads, thread => thread.Join());
        return [.. took.SelectMany(calls => calls).Order()];
    }

    private void Work(int thread)
    {
        var random = new Random(seed + thread);
        byte[] piece = new byte[PieceBytes];
        long began = Stopwatch.GetTimestamp();
        for (int second = 0; second < time.TotalSeconds; second++)
        {
            for (int i = thread; i < mounts.Count; i += Threads)
            {
                TimeSpan due = TimeSpan.FromSeconds(second + ((double)i / mounts.Count)) - Stopwatch.GetElapsedTime(began);
                if (due > TimeSpan.Zero)
                {
                    never.Wait(due);
                }

                long offset = random.Next(Pieces) * (long)PieceBytes;
                Time(thread, () => File.Exists($"{mounts[i]}/missing-{second}"));
                bool writes = random.Next(WriteOneIn) == 0;
                Time(thread, () => Transfer(mounts[i], piece, offset, writes));
            }
        }
    }

    /// <summary>Opened each time, past the page cache, so that every one goes to the client.</summary>
    private static void Transfer(string mount, byte[] piece, long offset, bool writes)
    {
        int file = Syscall.OpenFile($"{mount}/data", (writes ? Syscall.WriteOnly : Syscall.ReadOnly) | Syscall.Direct);
        try
        {
            if (writes)
            {
                Syscall.WriteAt(file, piece, offset);
            }
            else
            {
                Syscall.ReadAt(file, piece, offset).ShouldBe(piece.Length);
            }
        }
        finally
        {
            Syscall.CloseFile(file);
        }
    }

    private void Time(int thread, Action call)
    {
        long began = Stopwatch.GetTimestamp();
        call();
        took[thread].Add(Stopwatch.GetElapsedTime(began).TotalMilliseconds);
    }
}
