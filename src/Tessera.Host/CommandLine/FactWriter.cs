using System.Text.Json;
using System.Text.Json.Serialization.Metadata;

namespace Tessera.Host.CommandLine;

/// <summary>Prints facts as JSON, for programs: one document, or one a line where they come one after another.</summary>
internal static class FactWriter
{
    private static readonly HostJson Lines = new(new JsonSerializerOptions(HostJson.Default.Options) { WriteIndented = false });

    public static void WriteJson<T>(T facts, JsonTypeInfo<T> type) => Console.Out.WriteLine(JsonSerializer.Serialize(facts, type));

    public static void WriteJsonLine<T>(T facts) => Console.Out.WriteLine(JsonSerializer.Serialize(facts, typeof(T), Lines));
}
