using System.Buffers;
using System.Text.Json;
using System.Text.Json.Serialization;
using Tessera.Host.Auditing;
using Tessera.Host.Backups;
using Tessera.Host.Bench;
using Tessera.Host.Checking;
using Tessera.Host.Copying;
using Tessera.Host.Diagnosis;
using Tessera.Host.Growing;
using Tessera.Host.Rotating;
using Tessera.Host.Scrubbing;
using Tessera.Host.Serving;
using Tessera.Host.Statistics;

namespace Tessera.Host.CommandLine;

/// <summary>The shapes of everything that is printed as JSON or sent over the control socket, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(KeySlotFacts[]))]
[JsonSerializable(typeof(TokenFacts[]))]
[JsonSerializable(typeof(MountFacts))]
[JsonSerializable(typeof(VolumeFacts))]
[JsonSerializable(typeof(StatsFacts))]
[JsonSerializable(typeof(StatsReport))]
[JsonSerializable(typeof(BenchReport))]
[JsonSerializable(typeof(DirectoryFacts))]
[JsonSerializable(typeof(DirectoryStats))]
[JsonSerializable(typeof(RemoteFacts))]
[JsonSerializable(typeof(RemoteStats))]
[JsonSerializable(typeof(FsckFacts))]
[JsonSerializable(typeof(ScrubFacts))]
[JsonSerializable(typeof(GrowFacts))]
[JsonSerializable(typeof(RotateFacts))]
[JsonSerializable(typeof(BackupFacts))]
[JsonSerializable(typeof(BackupListing[]))]
[JsonSerializable(typeof(RestoreFacts))]
[JsonSerializable(typeof(VerifyFacts))]
[JsonSerializable(typeof(CopyFacts))]
[JsonSerializable(typeof(CopyProgressFacts))]
[JsonSerializable(typeof(AccessLogPage))]
internal sealed partial class HostJson : JsonSerializerContext
{
    /// <summary>What "info" tells, by the code that was made for it alone: a serializer would read in all that it could be asked of its type, and keep that.</summary>
    public static JsonElement Element(MountFacts facts)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            Default.MountFactsSerializeHandler(writer, facts);
        }

        return JsonElement.Parse(text.WrittenSpan);
    }

    /// <summary>The same of an export of a server.</summary>
    public static JsonElement Element(RemoteFacts facts)
    {
        var text = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(text))
        {
            Default.RemoteFactsSerializeHandler(writer, facts);
        }

        return JsonElement.Parse(text.WrittenSpan);
    }
}
