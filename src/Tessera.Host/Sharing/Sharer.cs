using Tessera.Host.CommandLine;
using Tessera.Host.Native;
using Tessera.HostFiles;
using Tessera.Wire;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;

namespace Tessera.Host.Sharing;

/// <summary>The work of "tessera share": connects, exports, and connects again when the connection is lost.</summary>
internal sealed class Sharer
{
    private readonly ShareOptions options;
    private readonly ShareConnector connector;
    private readonly ShareTraffic traffic;

    private Sharer(ShareOptions options, ShareConnector connector, ShareTraffic traffic)
    {
        this.options = options;
        this.connector = connector;
        this.traffic = traffic;
    }

    /// <summary>Runs until it is told to end (0) or the server ends it.</summary>
    public static async Task<ExitCode> RunAsync(ShareOptions options)
    {
        if (!Directory.Exists(options.Directory))
        {
            throw new CommandException(ExitCode.Usage, $"{options.Directory} is not a directory.");
        }

        ServerAddresses addresses = ServerAddresses.Parse(options.Url, options.Fingerprint, static one => one);
        var credential = ClientCredential.Of(options.TokenFile, options.ClientCertificate, addresses.Preferred);
        using var counted = new ShareTraffic();
        var sharer = new Sharer(options, new ShareConnector(addresses, credential, options.ReadOnly, options.Fingerprint, WireRole.Exporter), counted);
        using var interrupt = new Interrupt();
        try
        {
            while (true)
            {
                await sharer.ShareAsync(interrupt.Token);
            }
        }
        catch (OperationCanceledException) when (interrupt.Token.IsCancellationRequested)
        {
            counted.Report($"Ended: {counted}.");
            return ExitCode.Ok;
        }
    }

    /// <summary>One session, over as many connections as it takes; returns when the server has lost it, and a new one is to begin.</summary>
    private async Task ShareAsync(CancellationToken cancellation)
    {
        using HostDirectory files = HostDirectory.Open(Path.GetFullPath(options.Directory), new HostDirectoryOptions { ReadOnly = options.ReadOnly });
        var policy = new ExportPolicy(Libc.GetEffectiveUserId(), Libc.GetGroupId(), options.ReadOnly) { Hidden = options.Hidden };
        await using var exporter = new Exporter(files, policy, fault => Report($"A request failed: {fault.Message}")) { IsTraced = options.Tracing is not null };
        traffic.Begin(exporter);
        if (await connector.ConnectAsync(SessionKey.None, exporter.Offers, lost: null, cancellation) is not { } connection)
        {
            throw new CommandException(ExitCode.Fault, "The server takes no new session.");
        }

        Report($"Sharing {options.Directory} at {connector.Addresses[connection.Address]}.");
        SessionKey session = connection.Welcome.Session;
        while (true)
        {
            ShareConnection? better = await ServeAsync(exporter, connection, session, cancellation);
            if (better is null)
            {
                Report("The connection was lost.");
            }

            if ((better ?? await connector.ConnectAsync(session, exporter.Offers, connection, cancellation)) is not { } next)
            {
                Report("The server does not know the session any more; a new one begins.");
                return;
            }

            Report(connector.Addresses.Count == 1 ? "Connected again." : $"{(better is null ? "Connected again" : "Back")}, at {connector.Addresses[next.Address]}.");
            connection = next;
        }
    }

    /// <summary>Over one connection, until it is lost or given up for a better one.</summary>
    /// <returns>The better one; null: it was lost.</returns>
    private async Task<ShareConnection?> ServeAsync(Exporter exporter, ShareConnection connection, SessionKey session, CancellationToken cancellation)
    {
        WayBack? wayBack = WayBack.Start(connector, connection, session, exporter.Offers);
        ShareConnection? better = null;
        bool goesOn = false;
        try
        {
            await ServeAsync(exporter, connection, cancellation);
            goesOn = true;
        }
        finally
        {
            connection.Dispose();
            better = wayBack is null ? null : await wayBack.EndAsync();
            if (!goesOn)
            {
                better?.Dispose();
            }
        }

        return better;
    }

    private async Task ServeAsync(Exporter exporter, ShareConnection connection, CancellationToken cancellation)
    {
        Task<Farewell?> serving = exporter.ServeAsync(new CountedTransport(connection.Transport, traffic), connection.Welcome.Features);
        var interrupted = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
        using (cancellation.Register(interrupted.SetResult))
        {
            if (await Task.WhenAny(serving, interrupted.Task) == interrupted.Task)
            {
                await exporter.EndAsync(new Farewell(FarewellReason.Ended, "The client ended the share."));
                connection.Transport.Abort();
            }
        }

        try
        {
            // A server that hears that the client ends says so too, and may be heard before the connection is closed here.
            if (await serving is { } farewell && !cancellation.IsCancellationRequested)
            {
                throw new CommandException(ExitCode.Fault, $"The server ended the session: {farewell.Text}");
            }
        }
        catch (WireProtocolException fault)
        {
            await exporter.EndAsync(new Farewell(FarewellReason.Protocol, fault.Message));
            throw new CommandException(ExitCode.Fault, $"The server broke the protocol: {fault.Message}");
        }

        cancellation.ThrowIfCancellationRequested();
    }

    private void Report(string sentence) => traffic.Report(sentence);
}
