using System.Text.Json.Serialization;
using Tessera.Host.Diagnosis;

namespace Tessera.Host.CommandLine;

/// <summary>The shapes of everything that is printed as JSON or sent over the control socket, made at compile time.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    UseStringEnumConverter = true,
    WriteIndented = true,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull)]
[JsonSerializable(typeof(DoctorReport))]
[JsonSerializable(typeof(KeySlotFacts[]))]
internal sealed partial class HostJson : JsonSerializerContext;
