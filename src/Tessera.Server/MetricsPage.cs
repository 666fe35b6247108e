using System.Diagnostics;
using System.Text.Json;
using Tessera.Host.Auditing;
using Tessera.Host.Limiting;
using Tessera.Host.Metering;

namespace Tessera.Server;

/// <summary>Everything that the server tells of itself, by the names under which it is collected (docs/guide/workspaces.md, "Watching it").</summary>
internal sealed class MetricsPage(WorkspaceTable? workspaces, ExportTable exports, ServerMeters meters, AuditJournal? audit)
{
    private const double NanosecondsPerSecond = 1e9;

    public string Render()
    {
        var text = new MetricsText();
        AddWorkspaces(text);
        AddExports(text);
        AddTraffic(text);
        AddAudit(text);
        AddProcess(text);
        return text.ToString();
    }

    private void AddWorkspaces(MetricsText text)
    {
        Workspace[] all = [.. workspaces?.All ?? []];
        text.Gauge("tessera_sessions", "Sessions there are, those that wait for their client included.", all.Length);
        text.Gauge("tessera_sessions_connected", "Sessions whose client is connected.", all.Count(workspace => workspace.IsConnected));
        text.Gauge("tessera_mounts", "Workspaces that are mounted.", all.Count(workspace => workspace.IsMounted));
        text.Counter("tessera_connections_total", "Connections that were welcomed, those that resumed a session included.", meters.Connections);
        text.Counters(
            "tessera_refused_total",
            "Clients that were sent away.",
            "reason",
            Enum.GetValues<Refused>().Select(reason => (JsonNamingPolicy.SnakeCaseLower.ConvertName(reason.ToString()), (double)meters.RefusalsFor(reason))));
    }

    private void AddExports(MetricsText text)
    {
        ExportSession[] all = [.. exports.Sessions];
        text.Gauge("tessera_exports", "Volumes and directories that clients may mount.", exports.Count);
        text.Gauge("tessera_export_sessions", "Clients that have mounted one, those that are waited for included.", all.Length);
        text.Gauge("tessera_export_sessions_connected", "Of those, what is connected.", all.Count(session => session.IsConnected));
        text.Gauge("tessera_export_open_files", "Files that they have open.", all.Sum(session => session.OpenFiles));
        text.Gauge("tessera_export_locks", "Ranges of files that they have locked.", exports.Locks);
    }

    private void AddTraffic(MetricsText text)
    {
        IReadOnlyList<CallReading> requests = meters.Requests.Read();
        text.Counters("tessera_requests_total", "What programs asked of the workspaces, and clients of the exports.", "operation", requests.Select(call => (call.Name, (double)call.Count)));
        text.Counters("tessera_request_errors_total", "Of those, what ended with an error, not found included.", "operation", requests.Select(call => (call.Name, (double)call.Errors)));
        text.Counters("tessera_request_seconds_total", "The time that they took.", "operation", requests.Select(call => (call.Name, call.Nanoseconds / NanosecondsPerSecond)));
        (RequestClass Class, long Count, TimeSpan Time)[] delays = [.. meters.Delays.Read()];
        text.Counters("tessera_delayed_total", "Of those, what a limit made wait.", "class", delays.Select(delay => (NameOf(delay.Class), (double)delay.Count)));
        text.Counters("tessera_delayed_seconds_total", "The time that it waited.", "class", delays.Select(delay => (NameOf(delay.Class), delay.Time.TotalSeconds)));
        text.Counter("tessera_denied_total", "Of those, what the policy refused.", meters.Denials.Value);
        text.Counters("tessera_frame_bytes_total", "Bytes of frames, before TLS.", "direction", [("received", meters.BytesReceived), ("sent", meters.BytesSent)]);
    }

    private void AddAudit(MetricsText text)
    {
        if (audit is not null)
        {
            text.Counter("tessera_audit_lines_total", "Lines in the audit file.", audit.Lines);
            text.Counter("tessera_audit_lost_total", "Lines that are in no file.", audit.Lost);
            text.Gauge("tessera_audit_failing", "1: the audit file cannot be written, and operations are refused.", audit.IsFailing ? 1 : 0);
        }
    }

    private static string NameOf(RequestClass kind) => JsonNamingPolicy.SnakeCaseLower.ConvertName(kind.ToString());

    private static void AddProcess(MetricsText text)
    {
        using var process = Process.GetCurrentProcess();
        text.Gauge("process_resident_memory_bytes", "Physical memory in use.", process.WorkingSet64);
        text.Gauge("tessera_managed_memory_bytes", "Objects of the program, garbage included.", GC.GetTotalMemory(forceFullCollection: false));
        text.Counter("process_cpu_seconds_total", "Processor time used.", process.TotalProcessorTime.TotalSeconds);
        text.Gauge("process_open_fds", "Open descriptors.", Directory.EnumerateFiles("/proc/self/fdinfo").Count());
        text.Gauge("process_start_time_seconds", "When it started, since 1970.", new DateTimeOffset(process.StartTime).ToUnixTimeMilliseconds() / 1000.0);
    }
}
