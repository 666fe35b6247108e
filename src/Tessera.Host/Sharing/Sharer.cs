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

    private Sharer(ShareOptions options, ShareConnector connector)
    {
        this.options = options;
        this.connector = connector;
    }

    /// <summary>Runs until it is told to end (0) or the server ends it.</summary>
    public static async Task<ExitCode> RunAsync(ShareOptions options)
    {
        if (!Directory.Exists(options.Directory))
        {
            throw new CommandException(ExitCode.Usage, $"{options.Directory} is not a directory.");
        }

        Uri url = ShareConnector.Check(options.Url, options.Fingerprint);
        var sharer = new Sharer(options, new ShareConnector(url, ClientCredential.Of(options.TokenFile, options.ClientCertificate, url), options.ReadOnly, options.Fingerprint, WireRole.Exporter));
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
            return ExitCode.Ok;
        }
    }

    /// <summary>One session, over as many connections as it takes; returns when the server has lost it, and a new one is to begin.</summary>
    private async Task ShareAsync(CancellationToken cancellation)
    {
        using HostDirectory files = HostDirectory.Open(Path.GetFullPath(options.Directory), new HostDirectoryOptions { ReadOnly = options.ReadOnly });
        var policy = new ExportPolicy(Libc.GetEffectiveUserId(), Libc.GetGroupId(), options.ReadOnly);
        await using var exporter = new Exporter(files, policy, fault => Report($"A request failed: {fault.Message}")) { IsTraced = options.Tracing is not null };
        SessionKey session = SessionKey.None;
        bool isFirst = true;
        do
        {
            ShareConnection? connection = await connector.ConnectAsync(session, exporter.Offers, isFirst, cancellation);
            if (connection is null)
            {
                Report("The server does not know the session any more; a new one begins.");
                return;
            }

            using (connection)
            {
                Report(isFirst ? $"Sharing {options.Directory} at {options.Url}." : "Connected again.");
                session = connection.Welcome.Session;
                isFirst = false;
                await ServeAsync(exporter, connection, cancellation);
            }

            Report("The connection was lost.");
        }
        while (true);
    }

    private static async Task ServeAsync(Exporter exporter, ShareConnection connection, CancellationToken cancellation)
    {
        Task<Farewell?> serving = exporter.ServeAsync(connection.Transport, connection.Welcome.Features);
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

    private static void Report(string sentence) => Console.Error.WriteLine(sentence);
}
