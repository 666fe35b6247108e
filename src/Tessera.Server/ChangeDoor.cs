using System.Net.Sockets;
using System.Threading.Channels;
using Tessera.Core.FileSystem;
using Tessera.Host.Daemon;
using Tessera.Host.Following;
using Tessera.Host.Native;

namespace Tessera.Server;

/// <summary>The socket on which programs of the server's user are told what is changed at a workspace's client: a line of JSON each, from when they connect on.</summary>
internal sealed class ChangeDoor : IAsyncDisposable
{
    private readonly string path;
    private readonly Socket listener;
    private readonly TimeProvider time;
    private readonly CancellationTokenSource stopping = new();
    private readonly Lock gate = new();
    private readonly List<Channel<byte[]>> followers = [];
    private readonly Task accepting;

    /// <param name="path">The socket, in a directory that only its owner may enter. What a killed server left there is replaced.</param>
    /// <param name="time">For the lines.</param>
    public ChangeDoor(string path, TimeProvider time)
    {
        this.path = path;
        this.time = time;
        listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        File.Delete(path);
        listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        listener.Listen(ServerLimits.MaxFollowers);
        accepting = AcceptAsync();
    }

    /// <summary>One that reads too slowly is told, in the place of what it has missed, that anything may have changed.</summary>
    public void Tell(FileChange change)
    {
        lock (gate)
        {
            if (followers.Count == 0)
            {
                return;
            }

            byte[] line = ChangeEncoder.Encode(change, time.GetUtcNow());
            foreach (Channel<byte[]> follower in followers)
            {
                if (follower.Reader.Count >= ServerLimits.MaxWaitingChanges)
                {
                    while (follower.Reader.TryRead(out _))
                    {
                    }

                    line = ChangeEncoder.Encode(FileChange.Everything, time.GetUtcNow());
                }

                follower.Writer.TryWrite(line);
            }
        }
    }

    public async ValueTask DisposeAsync()
    {
        await stopping.CancelAsync();
        listener.Dispose();
        await accepting;
        File.Delete(path);
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                Socket client = await listener.AcceptAsync(stopping.Token);
                uint user = PeerIdentity.Of(client).UserId;
                if ((user == 0 || user == Libc.GetEffectiveUserId()) && Add() is { } lines)
                {
                    _ = ServeAsync(client, lines);
                }
                else
                {
                    client.Dispose();
                }
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The workspace ends; or the socket broke, and nobody new is told.
        }
    }

    private Channel<byte[]>? Add()
    {
        lock (gate)
        {
            if (followers.Count >= ServerLimits.MaxFollowers)
            {
                return null;
            }

            var lines = Channel.CreateUnbounded<byte[]>(); // Bounded by Tell().
            followers.Add(lines);
            return lines;
        }
    }

    private async Task ServeAsync(Socket client, Channel<byte[]> lines)
    {
        using CancellationTokenSource gone = CancellationTokenSource.CreateLinkedTokenSource(stopping.Token);
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            _ = WatchAsync(client, gone);
            await foreach (byte[] line in lines.Reader.ReadAllAsync(gone.Token))
            {
                await stream.WriteAsync(line, gone.Token);
            }
        }
        catch (Exception fault) when (fault is OperationCanceledException or IOException)
        {
            // It has gone, or the workspace.
        }

        lock (gate)
        {
            followers.Remove(lines);
        }
    }

    /// <summary>A follower says nothing; what comes from it is its end.</summary>
    private static async Task WatchAsync(Socket client, CancellationTokenSource gone)
    {
        try
        {
            _ = await client.ReceiveAsync(new byte[1], gone.Token);
            await gone.CancelAsync();
        }
        catch (Exception fault) when (fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // It is being ended from here.
        }
    }
}
