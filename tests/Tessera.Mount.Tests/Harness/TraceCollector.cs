using System.Net;
using System.Net.Sockets;

namespace Tessera.Mount.Tests.Harness;

/// <summary>What takes spans on loopback: OTLP over HTTP, in Protocol Buffers.</summary>
internal sealed class TraceCollector : IDisposable
{
    private readonly HttpListener _listener = new();
    private readonly List<TraceSpan> _spans = [];
    private readonly List<byte[]> _bodies = [];

    public TraceCollector()
    {
        using (var probe = new TcpListener(IPAddress.Loopback, 0))
        {
            probe.Start();
            Url = $"http://127.0.0.1:{((IPEndPoint)probe.LocalEndpoint).Port}";
        }

        _listener.Prefixes.Add($"{Url}/");
        _listener.Start();
        _ = AcceptAsync();
    }

    public string Url { get; }

    public IReadOnlyList<TraceSpan> Spans
    {
        get
        {
            lock (_spans)
            {
                return [.. _spans];
            }
        }
    }

    /// <summary>Whether a text is anywhere in what came.</summary>
    public bool HasSeen(ReadOnlySpan<byte> text)
    {
        lock (_spans)
        {
            foreach (byte[] body in _bodies)
            {
                if (body.AsSpan().IndexOf(text) >= 0)
                {
                    return true;
                }
            }

            return false;
        }
    }

    public void Dispose() => _listener.Close();

    private async Task AcceptAsync()
    {
        try
        {
            while (true)
            {
                HttpListenerContext context = await _listener.GetContextAsync();
                using var body = new MemoryStream();
                await context.Request.InputStream.CopyToAsync(body);
                if (context.Request.Url!.AbsolutePath == "/v1/traces")
                {
                    lock (_spans)
                    {
                        _bodies.Add(body.ToArray());
                        _spans.AddRange(TraceSpan.Parse(body.ToArray()));
                    }
                }

                context.Response.ContentType = "application/x-protobuf";
                context.Response.Close();
            }
        }
        catch (Exception fault) when (fault is HttpListenerException or ObjectDisposedException)
        {
            // It was closed.
        }
    }
}
