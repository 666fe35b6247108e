using System.Text.Json.Serialization;

namespace Tessera.Host.Following;

/// <summary>The lines of a workspace's changes.</summary>
[JsonSourceGenerationOptions(PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower)]
[JsonSerializable(typeof(ChangeLine))]
internal sealed partial class ChangeJson : JsonSerializerContext;
