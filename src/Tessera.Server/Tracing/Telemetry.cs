using System.Runtime.CompilerServices;
using OpenTelemetry;
using OpenTelemetry.Exporter;
using OpenTelemetry.Resources;
using OpenTelemetry.Trace;
using Tessera.Host.Sharing;
using Tessera.Wire.Tracing;

namespace Tessera.Server.Tracing;

/// <summary>Sends spans to a collector (OTLP). What waits for one that does not answer is bounded by the library's queue of 2,048 spans; more are dropped, and nothing waits for it.</summary>
internal static class Telemetry
{
    private const string SignalPath = "v1/traces"; // OpenTelemetry Protocol Exporter, "Endpoint URLs for OTLP/HTTP".

    /// <param name="target">Where to; null: nowhere, and nothing is started.</param>
    /// <param name="service">What this program is called in the spans.</param>
    /// <returns>Sends what is left when it is disposed.</returns>
    public static IDisposable? Start(TraceTarget? target, string service) => target is null ? null : Build(target, service);

    /// <summary>Apart, and of a type that is not of the library, so that that is not loaded for a look at whether it is wanted.</summary>
    [MethodImpl(MethodImplOptions.NoInlining)]
    private static IDisposable Build(TraceTarget target, string service) => Sdk.CreateTracerProviderBuilder()
        .ConfigureResource(resource => resource.AddService(Environment.GetEnvironmentVariable("OTEL_SERVICE_NAME") ?? service))
        .SetSampler(new ParentBasedSampler(new AlwaysOnSampler())) // Which operations have a span is decided before there is one: TraceSampler.
        .AddSource(WireSpans.SourceName, TracedFileSystem.SourceName)
        .AddOtlpExporter(exporter => Configure(exporter, target))
        .Build();

    /// <summary>What the command line does not say the environment does (OpenTelemetry Environment Variable Specification), and the library reads it.</summary>
    private static void Configure(OtlpExporterOptions exporter, TraceTarget target)
    {
        if (target.Collector is { } collector)
        {
            exporter.Endpoint = new Uri(collector.AbsoluteUri.TrimEnd('/') + "/" + SignalPath);
        }

        if (target.Collector is not null || (Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_PROTOCOL") ?? Environment.GetEnvironmentVariable("OTEL_EXPORTER_OTLP_TRACES_PROTOCOL")) is null)
        {
            exporter.Protocol = OtlpExportProtocol.HttpProtobuf;
        }
    }
}
