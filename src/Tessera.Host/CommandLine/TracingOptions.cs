using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>Where spans are sent, if at all: options of "serve" and "share".</summary>
internal sealed class TracingOptions
{
    /// <summary>One operation in a hundred.</summary>
    private const double DefaultRatio = 0.01;

    /// <summary>Either turns tracing on, as it does in other programs (OpenTelemetry Protocol Exporter).</summary>
    private static readonly string[] Variables = ["OTEL_EXPORTER_OTLP_ENDPOINT", "OTEL_EXPORTER_OTLP_TRACES_ENDPOINT"];

    private readonly Option<string?> collector = new("--otlp") { Description = "Send traces to this collector of OpenTelemetry (OTLP over HTTP); also OTEL_EXPORTER_OTLP_ENDPOINT.", HelpName = "URL" };
    private readonly Option<double?> ratio = new("--trace-ratio") { Description = "The share of operations that are traced (default 0.01).", HelpName = "0-1" };

    private TracingOptions()
    {
    }

    /// <param name="command">Takes them.</param>
    /// <param name="begins">Traces begin there, and not at the other end.</param>
    public static TracingOptions AddTo(Command command, bool begins)
    {
        var options = new TracingOptions();
        command.Add(options.collector);
        if (begins)
        {
            command.Add(options.ratio);
        }

        return options;
    }

    /// <returns>Null: nothing is traced.</returns>
    /// <exception cref="CommandException">They say what cannot be.</exception>
    public TraceTarget? Read(ParseResult parsed)
    {
        double share = parsed.GetResult(ratio) is null ? DefaultRatio : parsed.GetValue(ratio) ?? DefaultRatio;
        if (share is not (> 0 and <= 1))
        {
            throw new CommandException(ExitCode.Usage, "--trace-ratio takes a number above 0, and 1 at most.");
        }

        if (parsed.GetValue(collector) is not { } text)
        {
            return Variables.Any(name => !string.IsNullOrEmpty(Environment.GetEnvironmentVariable(name))) ? new TraceTarget(Collector: null, share) : null;
        }

        return Uri.TryCreate(text, UriKind.Absolute, out Uri? url) && url.Scheme is "http" or "https"
            ? new TraceTarget(url, share)
            : throw new CommandException(ExitCode.Usage, $"{text} is not the URL of a collector.", "Write http://127.0.0.1:4318.");
    }
}
