using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Server.Tracing;

/// <summary>"tessera share" with spans: here, because the library that sends them is here and nowhere else.</summary>
internal static class TracedShare
{
    public static async Task<ExitCode> RunAsync(ShareOptions options)
    {
        using IDisposable? telemetry = Telemetry.Start(options.Tracing, "tessera-share");
        return await Sharer.RunAsync(options);
    }
}
