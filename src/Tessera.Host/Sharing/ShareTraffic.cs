using System.Globalization;
using Tessera.Host.CommandLine;
using Tessera.Wire.Exporting;

namespace Tessera.Host.Sharing;

/// <summary>What went over a share's connections, and the line that says so: on a terminal each second, while there is one.</summary>
internal sealed class ShareTraffic : IDisposable
{
    private static readonly TimeSpan Every = TimeSpan.FromSeconds(1);

    private readonly long began = Environment.TickCount64;
    private readonly Timer? timer;
    private readonly Lock gate = new();
    private long received;
    private long sent;
    private long before;
    private long requestsBefore;
    private Exporter? exporter;
    private bool isShown;
    private bool isOver;

    public ShareTraffic()
    {
        timer = Console.IsErrorRedirected ? null : new Timer(_ => Show(), state: null, Every, Every);
    }

    public void CountReceived(int bytes) => Interlocked.Add(ref received, bytes);

    public void CountSent(int bytes) => Interlocked.Add(ref sent, bytes);

    /// <summary>A session begins: its requests count from now on, after those of the one before.</summary>
    public void Begin(Exporter next)
    {
        lock (gate)
        {
            requestsBefore += exporter?.Requests ?? 0;
            exporter = next;
        }
    }

    /// <summary>Says something that stays, in a line of its own.</summary>
    public void Report(string sentence)
    {
        lock (gate)
        {
            Clear();
            Console.Error.WriteLine(sentence);
        }
    }

    /// <summary>Everything so far, for the end.</summary>
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"{Bytes(sent)} sent, {Bytes(received)} received, {requestsBefore + (exporter?.Requests ?? 0):N0} requests, in {TimeSpan.FromMilliseconds(Environment.TickCount64 - began):d\\.hh\\:mm\\:ss}");

    public void Dispose()
    {
        timer?.Dispose();
        lock (gate)
        {
            isOver = true;
            Clear();
        }
    }

    private void Show()
    {
        lock (gate)
        {
            if (isOver)
            {
                return;
            }

            long all = Interlocked.Read(ref received) + Interlocked.Read(ref sent);
            Console.Error.Write($"\r{this}; now {Bytes(all - before)} a second\x1b[K");
            before = all;
            isShown = true;
        }
    }

    private void Clear()
    {
        if (isShown)
        {
            Console.Error.Write("\r\x1b[K");
            isShown = false;
        }
    }

    private static string Bytes(long count) => ByteSize.Format((ulong)count);
}
