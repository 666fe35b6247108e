using System.Text.Json.Serialization;

namespace Tessera.Host.Sharing;

/// <summary>The form of a line in the file of tokens. What it does not know it does not take for granted: a right or a limit of a later version must not be passed over.</summary>
[JsonSourceGenerationOptions(
    PropertyNamingPolicy = JsonKnownNamingPolicy.SnakeCaseLower,
    DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingDefault,
    RespectNullableAnnotations = true,
    RespectRequiredConstructorParameters = true,
    UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow)]
[JsonSerializable(typeof(TokenEntry))]
internal sealed partial class TokenJson : JsonSerializerContext;
