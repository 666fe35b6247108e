using System.Globalization;
using System.Text.RegularExpressions;
using Tessera.Conformance.Tests.Calls;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>The requests that the kernel sends to one mount's daemon, as the kernel's own tracepoint fuse:fuse_request_send tells them.</summary>
internal sealed partial class RequestTrace : IDisposable
{
    private const string Tracing = "/sys/kernel/tracing";

    private readonly string _instance = $"{Tracing}/instances/{Place.Prefix}{Environment.ProcessId}";

    public RequestTrace(string mountPoint)
    {
        // The kernel names a connection by its device number, whose minor part is all there is of it.
        string device = Programs.Run("/", "stat", "-c", "%Ld", mountPoint).Trim();
        Directory.CreateDirectory(_instance);
        Write("events/fuse/fuse_request_send/filter", $"connection == {device}");
        Write("events/fuse/fuse_request_send/enable", "1");
    }

    /// <summary>Whether this kernel tells, and this user may ask.</summary>
    public static bool IsThere => Directory.Exists($"{Tracing}/events/fuse/fuse_request_send");

    /// <summary>What empties a trace is O_TRUNC itself.</summary>
    public void Clear() => Kernel.Close(Kernel.Open($"{_instance}/trace", OpenFlag.WriteOnly | OpenFlag.Truncate));

    /// <summary>Names of the requests since <see cref="Clear"/>, but those that only say that something was forgotten or closed: another thread's, or a child's.</summary>
    public IReadOnlyList<string> Requests =>
    [
        .. File.ReadLines($"{_instance}/trace").Select(line => Opcode().Match(line)).Where(match => match.Success).Select(NameOf)
            .Where(name => name is not ("FORGET" or "BATCH_FORGET" or "FLUSH" or "RELEASE" or "RELEASEDIR")).Distinct(StringComparer.Ordinal),
    ];

    public void Dispose()
    {
        Write("events/fuse/fuse_request_send/enable", "0");
        Directory.Delete(_instance);
    }

    /// <summary>The tracepoint has no name for the latest ones.</summary>
    private static string NameOf(Match match) => match.Groups["name"] is { Length: > 0 } name
        ? name.Value
        : int.Parse(match.Groups["number"].ValueSpan, CultureInfo.InvariantCulture) switch { 53 => "COPY_FILE_RANGE_64", int other => $"opcode {other}" };

    private void Write(string file, string text) => File.WriteAllText($"{_instance}/{file}", text);

    [GeneratedRegex(@"fuse_request_send: .*opcode (?<number>\d+) \((?:FUSE_(?<name>\w+)|[^)]*)\)", RegexOptions.ExplicitCapture | RegexOptions.NonBacktracking)]
    private static partial Regex Opcode();
}
