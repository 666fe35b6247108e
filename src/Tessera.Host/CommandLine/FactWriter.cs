using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tessera.Host.CommandLine;

/// <summary>Prints facts: as JSON on one document for programs.</summary>
internal static class FactWriter
{
    public static void WriteJson<T>(T facts, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(facts, type));
}
