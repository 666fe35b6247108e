using System.Diagnostics;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Tracing;

/// <summary>Spans of requests, at the end that asks and at the end that does it. Nothing of this is called where tracing is off; where it is on, what no recorded span asked for has none.</summary>
public static class WireSpans
{
    /// <summary>What a listener names to have them.</summary>
    public const string SourceName = "Tessera.Wire";

    private const string ErrorTag = "tessera.errno";
    private const string Unnamed = "request";

    private static readonly ActivitySource Source = new(SourceName);

    /// <summary>At the importer: a request for what is recorded now; null: nothing is.</summary>
    internal static Activity? StartAsked() => Activity.Current is { Recorded: true } ? Source.StartActivity(Unnamed, ActivityKind.Client) : null;

    /// <summary>At the exporter: a request that says for which span it is made; null: nobody listens.</summary>
    internal static Activity? StartServed(in TraceContext parent) => Source.StartActivity(Unnamed, ActivityKind.Server, parent.ToParent());

    /// <summary>A request is called what its steps do: "lookup+open+read".</summary>
    internal static void Name(Activity span, OpCode operation)
    {
        string name = operation.ToString().ToLowerInvariant();
        span.DisplayName = span.DisplayName == Unnamed ? name : $"{span.DisplayName}+{name}";
    }

    public static void End(Activity span, FsError outcome)
    {
        Mark(span, outcome);
        span.Stop();
    }

    /// <summary>What came of it. That a name is not there is no fault; that the disk or the other end fails is one.</summary>
    public static void Mark(Activity span, FsError outcome)
    {
        if (outcome != FsError.None)
        {
            span.SetTag(ErrorTag, (int)outcome);
        }

        if (outcome is FsError.IO or FsError.TimedOut or FsError.NotConnected)
        {
            span.SetStatus(ActivityStatusCode.Error);
        }
    }
}
