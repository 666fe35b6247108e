using System.Net.Sockets;
using System.Text.Json;
using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.Daemon;

/// <summary>Talks with the daemon of a mount.</summary>
internal sealed class ControlClient : IDisposable
{
    private readonly Socket _socket;

    private ControlClient(Socket socket) => _socket = socket;

    /// <summary>The process that listens, as the kernel knows it.</summary>
    public int DaemonProcessId => PeerIdentity.Of(_socket).ProcessId;

    /// <summary>The daemon's pid; null when none listens for this mount.</summary>
    public static int? DaemonOf(MountEntry entry)
    {
        using ControlClient? client = TryConnect(entry);
        return client?.DaemonProcessId;
    }

    /// <exception cref="CommandException"><see cref="ExitCode.NotMounted"/>: no daemon answers.</exception>
    public static ControlClient Connect(MountEntry entry) => TryConnect(entry)
        ?? throw new CommandException(
            ExitCode.NotMounted, $"The daemon of {entry.MountPoint} does not answer.", $"If it was killed, 'tessera umount {entry.MountPoint}' clears the mount away.");

    public static ControlClient? TryConnect(MountEntry entry)
    {
        foreach (string directory in ControlPath.DirectoriesOf(entry.DaemonUser ?? 0))
        {
            if (TryConnect(ControlPath.SocketIn(directory, entry)) is { } client)
            {
                return client;
            }
        }

        return null;
    }

    public static ControlClient? TryConnect(string path)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            socket.Connect(new UnixDomainSocketEndPoint(path));
            return new ControlClient(socket);
        }
        catch (SocketException)
        {
            socket.Dispose(); // Not there, left behind by a killed daemon, or not ours to open.
            return null;
        }
    }

    /// <summary>Asks, passes progress on, and gives the result.</summary>
    /// <exception cref="CommandException">The daemon's refusal, with its exit code; or it ended in the middle.</exception>
    public async Task<JsonElement> AskAsync(ControlRequest request, Action<ControlReply>? progress, CancellationToken cancellation)
    {
        await using var stream = new NetworkStream(_socket, ownsSocket: false);
        var channel = new LineChannel(stream, ControlLimits.MaxReplyBytes);
        await channel.WriteAsync(ControlText.Write(request), cancellation);
        while (await NextAsync(channel, cancellation) is { } reply)
        {
            if (reply.IsProgress)
            {
                progress?.Invoke(reply);
            }
            else if (reply.Error is { } sentence)
            {
                throw new CommandException(reply.Code ?? ExitCode.Fault, sentence, reply.Advice);
            }
            else
            {
                return reply.Result ?? default;
            }
        }

        throw new CommandException(ExitCode.NotMounted, "The daemon ended before it had answered.");
    }

    public void Dispose() => _socket.Dispose();

    private static async Task<ControlReply?> NextAsync(LineChannel channel, CancellationToken cancellation)
    {
        try
        {
            return await channel.ReadAsync(ControlText.ReadReply, cancellation).WaitAsync(ControlLimits.Patience, cancellation);
        }
        catch (TimeoutException fault)
        {
            throw new CommandException(
                ExitCode.NotMounted, $"The daemon has not answered for {ControlLimits.Patience.TotalSeconds:0} seconds.", "Its log may say why.", fault);
        }
        catch (IOException)
        {
            return null; // Reset: the daemon was killed.
        }
    }
}
