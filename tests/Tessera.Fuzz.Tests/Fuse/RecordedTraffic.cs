using System.Collections.Concurrent;
using System.Diagnostics;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Doors.Fuse;
using Tessera.Fuse;
using Tessera.Testing;
using Tessera.Testing.Stores;
using Tessera.Volumes;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Requests as the kernel of this machine makes them: a volume is mounted, programs work on it, and a tap before <c>/dev/fuse</c> keeps what comes.</summary>
public static class RecordedTraffic
{
    /// <summary>Messages kept of each opcode: enough shapes, few enough to be told apart.</summary>
    private const int MostOfOneOpcode = 24;

    /// <summary>Longer ones (WRITE's) would make most mutations hit data.</summary>
    private const int LongestKept = 4096 + 128;
    private static readonly Lazy<IReadOnlyList<byte[]>> s_messages = new(Record);

    /// <summary>Whole messages, header and body.</summary>
    public static IReadOnlyList<byte[]> Messages => s_messages.Value;

    public static Caller Root { get; } = new(0, 0, 1, Door.Fuse, KernelChecked: true);

    public static Volume NewVolume()
    {
        var store = new MemoryVolumeStore();
        Run(async () => await Volume.FormatAsync(store, SystemClock.Instance, Root));
        return Run(async () => await Volume.OpenAsync(store, new VolumeOptions { BackgroundWriteBack = false }, SystemClock.Instance));
    }

    private static IReadOnlyList<byte[]> Record()
    {
        Assert.SkipUnless(File.Exists("/dev/fuse") && Environment.UserName == "root", "Recording real requests needs root and FUSE.");
        string directory = Directory.CreateTempSubdirectory("tessera-test-fuzz-").FullName;
        var tap = new Tap(DirectMounter.Mount(directory, new FuseMountOptions { Source = "fuzz", Subtype = "tessera" }, FuseOptions.LargestMaxWrite));
        var server = new FuseServer(new FuseDoor(NewVolume()), tap, new FuseOptions { Features = new FuseDoorOptions().Features });
        server.Start();
        try
        {
            Work(directory);
        }
        finally
        {
            _ = MountPoints.Unmount(directory, lazy: true);
            server.Completion.Wait(TestLimits.Patience).ShouldBeTrue();
            Directory.Delete(directory);
        }

        return [.. tap.Kept];
    }

    /// <summary>In a process of its own: this one serves the mount.</summary>
    private static void Work(string directory)
    {
        string script = Path.Combine(AppContext.BaseDirectory, "Fuse", "work.py");
        using Process worker = Process.Start(new ProcessStartInfo("python3", [script, directory]) { RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = "/" })!;
        using var watchdog = new Timer(_ => worker.Kill(), null, TestLimits.Patience, Timeout.InfiniteTimeSpan);
        string errors = worker.StandardError.ReadToEnd();
        worker.WaitForExit();
        worker.ExitCode.ShouldBe(0, errors);
    }

    private static void Run(Func<Task> action) => Task.Run(action).GetAwaiter().GetResult();

    private static T Run<T>(Func<Task<T>> action) => Task.Run(action).GetAwaiter().GetResult();

    private sealed class Tap(FuseDevice device) : IFuseTransport
    {
        private readonly ConcurrentDictionary<uint, int> counts = new();

        public ConcurrentQueue<byte[]> Kept { get; } = [];

        public int Read(Span<byte> buffer, bool alone)
        {
            int length = device.Read(buffer, alone);
            if (length is > 0 and <= LongestKept && counts.AddOrUpdate(BitConverter.ToUInt32(buffer[4..]), 1, static (_, count) => count + 1) <= MostOfOneOpcode)
            {
                Kept.Enqueue(buffer[..length].ToArray());
            }

            return length;
        }

        public int Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest) => device.Write(head, rest);

        public void Dispose() => device.Dispose();
    }
}
