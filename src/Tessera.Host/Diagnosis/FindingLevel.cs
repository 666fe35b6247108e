using System.Text.Json.Serialization;

namespace Tessera.Host.Diagnosis;

/// <summary>How much a finding matters.</summary>
internal enum FindingLevel
{
    [JsonStringEnumMemberName("ok")]
    Ok,

    /// <summary>Tessera works without it, but slower, or not for everybody.</summary>
    [JsonStringEnumMemberName("note")]
    Note,

    /// <summary>Nothing can be mounted until it is mended.</summary>
    [JsonStringEnumMemberName("missing")]
    Missing,
}
