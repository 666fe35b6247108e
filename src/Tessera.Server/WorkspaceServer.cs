using System.Net;
using System.Security.Authentication;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Connections;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;
using Microsoft.AspNetCore.Server.Kestrel.Https;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Hosting;
using Microsoft.Extensions.Logging;
using Tessera.Host.Auditing;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Limiting;
using Tessera.Host.Logging;
using Tessera.Host.Policies;
using Tessera.Host.Sharing;
using Tessera.Server.Echoing;
using Tessera.Server.Tracing;
using Tessera.Wire.Protocol;

namespace Tessera.Server;

/// <summary>"tessera serve": the web server, the one door to the workspaces and exports behind it.</summary>
internal static class WorkspaceServer
{
    /// <exception cref="CommandException">It cannot listen there, or may not.</exception>
    public static async Task<ExitCode> RunAsync(ServeOptions options, CancellationToken cancellation)
    {
        if (options.Exports.Count > 0)
        {
            CoreDumps.Forbid(); // It will have keys of volumes in its memory; what execve(2) left of what the command asked for is not enough.
        }

        IPEndPoint address = Address(options);
        using ServerCertificate? certificate = ServerCertificate.For(options);
        var log = new EventLog(new StandardErrorLog(), TimeProvider.System);
        var tokens = new TokenAuthority(options, log, TimeProvider.System);
        ServerRules rules = RulesOf(options);
        using IDisposable? telemetry = Telemetry.Start(options.Tracing, "tessera-serve");
        var meters = new ServerMeters();
        using AuditJournal? journal = options.Audit is null ? null : new AuditJournal(new AuditFile(options.Audit), log, TimeProvider.System);
        using var echoes = new EchoHelper(log);
        var record = new ServerRecord(meters, log, journal is null ? null : new SessionAudit(journal, TimeProvider.System), echoes);
        await using WorkspaceTable? workspaces = options.Workspaces is null ? null : new WorkspaceTable(options.Workspaces, rules, record);
        workspaces?.DetachStale();
        await using ExportTable exports = await ExportTable.OpenAsync(options.Exports, rules, record);
        var sessions = new LiveSessions(workspaces, exports);
        using ClientAuthority? authority = options.ClientCertificates == ClientCertificateUse.None ? null : ClientAuthority.Open(options.ClientLifetime, TimeProvider.System);
        var admission = new Admission(tokens, authority, options.ClientCertificates == ClientCertificateUse.Require);
        var door = new SessionDoor(admission, workspaces, exports, record);
        var monitor = new MonitorDoor(sessions, new MetricsPage(workspaces, exports, meters, journal), admission);
        using Enrolments? enrolments = authority is null ? null : new Enrolments(options.Tokens!, TimeProvider.System);
        EnrolmentDoor? enrolment = authority is null ? null : new EnrolmentDoor(enrolments!, authority, admission, sessions, record);
        await using WebApplication application = Build(address, certificate, authority, new StreamDoor(door, record));
        application.UseWebSockets(new WebSocketOptions { KeepAliveInterval = WireLimits.HeartbeatEvery, KeepAliveTimeout = WireLimits.HeartbeatTime });
        application.Run(async context =>
        {
            if (!await monitor.TryHandleAsync(context) && (enrolment is null || !await enrolment.TryHandleAsync(context)))
            {
                await door.HandleAsync(context);
            }
        });
        await StartAsync(application);
        Announce(application, certificate, workspaces?.Directory, exports);
        using var interrupt = new Interrupt();
        using var either = CancellationTokenSource.CreateLinkedTokenSource(interrupt.Token, cancellation);
        await sessions.WatchAsync(tokens, either.Token);
        log.Info("ending");
        await sessions.EndAllAsync();
        await application.StopAsync(CancellationToken.None);
        return ExitCode.Ok;
    }

    private static ServerRules RulesOf(ServeOptions options) => new(
        options.Grace,
        options.Deadline,
        options.Policy is null ? null : AccessPolicy.Read(options.Policy),
        options.Limits,
        options.TokenLimits.IsNone ? null : new TokenRates(options.TokenLimits, TimeProvider.System),
        options.Tracing is null ? null : new TraceSampler(options.Tracing.Ratio, TimeProvider.System.GetTimestamp()));

    /// <summary>What a network carries is encrypted: tokens and files.</summary>
    private static IPEndPoint Address(ServeOptions options)
    {
        if (!IPEndPoint.TryParse(options.Listen, out IPEndPoint? address))
        {
            throw new CommandException(ExitCode.Usage, $"{options.Listen} is not ADDRESS:PORT.", "Write 127.0.0.1:7400.");
        }

        return options.IsEncrypted || IPAddress.IsLoopback(address.Address)
            ? address
            : throw new CommandException(
                ExitCode.Usage,
                $"Without TLS tessera serve listens on loopback only, and {address.Address} is not.",
                "Add --certificate and --key, or --self-signed; or put a proxy with TLS, or a tunnel, in front of it.");
    }

    private static WebApplication Build(IPEndPoint address, ServerCertificate? certificate, ClientAuthority? authority, StreamDoor streams)
    {
        WebApplicationBuilder builder = WebApplication.CreateEmptyBuilder(new WebApplicationOptions());
        builder.WebHost.UseKestrelCore().ConfigureKestrel(kestrel =>
        {
            kestrel.AddServerHeader = false;
            kestrel.Limits.MaxConcurrentConnections = ServerLimits.MaxConnections;
            kestrel.Limits.MaxConcurrentUpgradedConnections = (ServerLimits.MaxWorkspaces + ServerLimits.MaxExportSessions) * 2;
            kestrel.Limits.RequestHeadersTimeout = ServerLimits.HeadersTime;
            kestrel.Limits.MaxRequestBodySize = 0;
            kestrel.Listen(address, endpoint =>
            {
                endpoint.Protocols = HttpProtocols.Http1;
                if (certificate is not null)
                {
                    endpoint.UseHttps(TlsOf(certificate, authority));
                    endpoint.Use(http => connection => StreamDoor.IsFor(connection) ? streams.HandleAsync(connection) : http(connection));
                }
            });
        });
        return builder.Build();
    }

    private static HttpsConnectionAdapterOptions TlsOf(ServerCertificate certificate, ClientAuthority? authority)
    {
        var tls = new HttpsConnectionAdapterOptions
        {
            ServerCertificate = certificate.Leaf,
            ServerCertificateChain = certificate.Chain,
            SslProtocols = SslProtocols.Tls12 | SslProtocols.Tls13,
            HandshakeTimeout = ServerLimits.TlsTime,
        };
        if (authority is not null)
        {
            tls.ClientCertificateMode = ClientCertificateMode.AllowCertificate;
            tls.AllowAnyClientCertificate(); // The door judges (Admission): to a handshake that fails no reason can be told.
        }

        tls.OnAuthenticate = (_, handshake) =>
        {
            (handshake.ApplicationProtocols ??= []).Add(StreamDoor.Protocol);
            if (authority is not null)
            {
                handshake.CertificateChainPolicy = authority.Policy();
                handshake.AllowTlsResume = false; // Every connection proves anew that its key is there.
            }
        };
        return tls;
    }

    private static async Task StartAsync(WebApplication application)
    {
        try
        {
            await application.StartAsync(CancellationToken.None);
        }
        catch (IOException fault)
        {
            throw new CommandException(ExitCode.Busy, fault.Message, "Another port, or --listen 127.0.0.1:0 for any that is free.", fault);
        }
    }

    private static void Announce(WebApplication application, ServerCertificate? certificate, string? directory, ExportTable exports)
    {
        string address = $"{(certificate is null ? "ws" : "wss")}://{BoundAddress(application)}";
        Console.Out.WriteLine(directory is null ? $"Listening at {address}/NAME." : $"Listening at {address}/workspaces/NAME, mounting in {directory}.");
        if (certificate is not null)
        {
            Console.Out.WriteLine($"Its certificate has the fingerprint {certificate.Fingerprint}.");
        }

        foreach (SharedExport export in exports.All)
        {
            Console.Out.WriteLine($"Exporting {export.Source.Name}{(export.Source.IsReadOnly ? ", read-only" : string.Empty)}: tessera mount {address}/{export.Source.Name} MOUNTPOINT");
        }
    }

    private static string BoundAddress(WebApplication application) =>
        new Uri(application.Services.GetRequiredService<IServer>().Features.GetRequiredFeature<IServerAddressesFeature>().Addresses.First()).Authority;
}
