using System.Globalization;
using System.Text.Json;
using Tessera.Core.Stores;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Volumes.Accesses;

namespace Tessera.Host.Auditing;

/// <summary>Where the pages of an access log come from: a volume's store, or the daemon that has it open.</summary>
internal static class AccessLogPages
{
    /// <summary>A page of the log of a store.</summary>
    public static async Task<AccessLogPage> ReadAsync(IVolumeStore store, ulong from)
    {
        var reader = new AccessLogReader(store);
        List<AccessLogPiece> segments = [];
        ulong? next = await reader.ReadPageAsync(from, (number, segment) => segments.Add(new AccessLogPiece(number, segment.ToArray())));
        byte[]? head = null;
        if (await reader.ReadHeadAsync() is { } found)
        {
            found.Encode(head = new byte[AccessLogHead.Size]);
        }

        return new AccessLogPage { Head = head, Segments = segments, Next = next };
    }

    /// <summary>A page of the log of a mounted volume.</summary>
    /// <exception cref="CommandException">The daemon does not answer, or knows no such request.</exception>
    public static async Task<AccessLogPage> AskAsync(MountEntry entry, ulong from, CancellationToken cancellation)
    {
        using ControlClient client = ControlClient.Connect(entry);
        JsonElement answer = await client.AskAsync(new ControlRequest(AccessLogPage.Operation, from.ToString(CultureInfo.InvariantCulture)), progress: null, cancellation);
        return answer.Deserialize(HostJson.Default.AccessLogPage)!;
    }
}
