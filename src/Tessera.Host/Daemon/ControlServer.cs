using System.Net.Sockets;
using System.Text.Json;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Daemon;

/// <summary>A daemon's end of the control socket: one request for each connection, from the same user or root only.</summary>
internal sealed class ControlServer : IAsyncDisposable
{
    private readonly Socket _listener;
    private readonly string _path;
    private readonly Func<ControlRequest, IProgress<ControlReply>, CancellationToken, Task<JsonElement>> _answer;
    private readonly Action<Exception> _onFault;
    private readonly CancellationTokenSource _stopping = new();
    private readonly SemaphoreSlim _free = new(ControlLimits.MaxConversations);
    private readonly Task _accepting;

    /// <param name="path">The socket, in a directory that only its owner may enter. What a killed daemon left there is replaced.</param>
    /// <param name="answer">Called for each request; a <see cref="CommandException"/> becomes the client's error.</param>
    /// <param name="onFault">Told of conversations that broke.</param>
    public ControlServer(
        string path, Func<ControlRequest, IProgress<ControlReply>, CancellationToken, Task<JsonElement>> answer, Action<Exception> onFault)
    {
        _path = path;
        _answer = answer;
        _onFault = onFault;
        _listener = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        File.Delete(path);
        _listener.Bind(new UnixDomainSocketEndPoint(path));
        File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        _listener.Listen(ControlLimits.Backlog);
        _accepting = AcceptAsync();
    }

    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        _listener.Dispose();
        await _accepting;
        File.Delete(_path);
        for (int i = 0; i < ControlLimits.MaxConversations; i++)
        {
            await _free.WaitAsync(); // The last conversations have ended when all places are ours.
        }

        _free.Dispose();
        _stopping.Dispose();
    }

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                await _free.WaitAsync(_stopping.Token);
                Socket? client = null;
                try
                {
                    client = await _listener.AcceptAsync(_stopping.Token);
                }
                finally
                {
                    if (client is null)
                    {
                        _free.Release();
                    }
                }

                _ = ConverseAsync(client);
            }
        }
        catch (Exception fault) when (_stopping.IsCancellationRequested && fault is OperationCanceledException or SocketException or ObjectDisposedException)
        {
            // The daemon is closing.
        }
        catch (SocketException fault)
        {
            _onFault(fault);
        }
    }

    private async Task ConverseAsync(Socket client)
    {
        try
        {
            await using var stream = new NetworkStream(client, ownsSocket: true);
            var channel = new LineChannel(stream, ControlLimits.MaxRequestBytes);
            if (IsTrusted(client)
                && await channel.ReadAsync(ControlText.ReadRequest, _stopping.Token).WaitAsync(ControlLimits.Patience) is { } request)
            {
                ControlReply reply = await AnswerAsync(request, channel);
                await channel.WriteAsync(ControlText.Write(reply), _stopping.Token);
            }
        }
#pragma warning disable CA1031 // This conversation broke; the daemon and its other conversations go on.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            _onFault(fault);
        }
        finally
        {
            _free.Release();
        }
    }

    private async Task<ControlReply> AnswerAsync(ControlRequest request, LineChannel channel)
    {
        try
        {
            var progress = new ProgressLines(channel, _stopping.Token);
            return new ControlReply { Result = await _answer(request, progress, _stopping.Token) };
        }
#pragma warning disable CA1031 // One request failed; the daemon and its other conversations go on.
        catch (Exception fault) when (fault is not OperationCanceledException)
#pragma warning restore CA1031
        {
            CommandException refusal = Refusal.From(fault);
            if (refusal != fault)
            {
                _onFault(fault);
            }

            return ControlReply.Of(refusal);
        }
    }

    private static bool IsTrusted(Socket client)
    {
        uint user = PeerIdentity.Of(client).UserId;
        return user == 0 || user == Libc.GetEffectiveUserId();
    }

    /// <summary>Writes progress in the order of its reports, on the thread that reports it.</summary>
    private sealed class ProgressLines(LineChannel channel, CancellationToken stopping) : IProgress<ControlReply>
    {
        public void Report(ControlReply value) =>
            channel.WriteAsync(ControlText.Write(value), stopping).GetAwaiter().GetResult();
    }
}
