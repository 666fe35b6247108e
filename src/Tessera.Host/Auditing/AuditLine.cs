using System.Globalization;
using System.Text.Json;

namespace Tessera.Host.Auditing;

/// <summary>A line of an audit file, as it is read.</summary>
internal sealed class AuditLine
{
    private readonly JsonElement fields;

    private AuditLine(JsonElement fields, DateTimeOffset time, string operation)
    {
        this.fields = fields;
        Time = time;
        Operation = operation;
    }

    public DateTimeOffset Time { get; }

    public string Operation { get; }

    public string? Workspace => Text("workspace");

    public string? Path => Text("path");

    public string? NewPath => Text("new_path");

    public string? Detail => Text("detail") ?? Text("target") ?? Text("reason");

    public string? Client => Text("client");

    public long? Uid => Number("uid");

    public long? Pid => Number("pid");

    /// <summary>0: it was done; null: it is no operation on files.</summary>
    public long? Errno => Number("errno");

    /// <summary>Null: it is none.</summary>
    public static AuditLine? Parse(ReadOnlySpan<byte> line)
    {
        try
        {
            var reader = new Utf8JsonReader(line);
            using JsonDocument document = JsonDocument.ParseValue(ref reader);
            JsonElement root = document.RootElement;
            bool isOne = line[(int)reader.BytesConsumed..].Trim(" \r\n"u8).IsEmpty && root.ValueKind == JsonValueKind.Object
                && root.TryGetProperty("time", out JsonElement time) && time.ValueKind == JsonValueKind.String
                && root.TryGetProperty("operation", out JsonElement operation) && operation.ValueKind == JsonValueKind.String;
            return isOne && DateTimeOffset.TryParse(
                root.GetProperty("time").GetString(), CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out DateTimeOffset at)
                ? new AuditLine(root.Clone(), at, root.GetProperty("operation").GetString()!)
                : null;
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return null; // The second: a string that is no UTF-8.
        }
    }

    private string? Text(string name) => fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private long? Number(string name) => fields.TryGetProperty(name, out JsonElement value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out long number) ? number : null;
}
