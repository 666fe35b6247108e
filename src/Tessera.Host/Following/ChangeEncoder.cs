using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Following;

/// <summary>Writes changes as lines of JSON (docs/guide/workspaces.md, "What is changed at the client").</summary>
internal static class ChangeEncoder
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";
    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>In the order in which they are told.</summary>
    private static readonly (ChangeKinds Kind, string Name)[] Names =
    [
        (ChangeKinds.Created, "created"), (ChangeKinds.Renamed, "renamed"), (ChangeKinds.Modified, "modified"), (ChangeKinds.Written, "written"),
        (ChangeKinds.Attributes, "attributes"), (ChangeKinds.Deleted, "deleted"), (ChangeKinds.Everything, "everything"),
    ];

    /// <summary>The line, with its end.</summary>
    public static byte[] Encode(FileChange change, DateTimeOffset time)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(line, Options))
        {
            writer.WriteStartObject();
            writer.WriteString("time"u8, time.UtcDateTime.ToString(TimeFormat, CultureInfo.InvariantCulture));
            writer.WriteStartArray("changes"u8);
            foreach ((ChangeKinds kind, string name) in Names)
            {
                if (change.Kinds.HasFlag(kind))
                {
                    writer.WriteStringValue(name);
                }
            }

            writer.WriteEndArray();
            WritePlace(writer, change);
            writer.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }

    private static void WritePlace(Utf8JsonWriter writer, FileChange change)
    {
        if (change.Kinds == ChangeKinds.Everything)
        {
            return;
        }

        WritePath(writer, "path", change.Name.Path);
        if (change.Kinds.HasFlag(ChangeKinds.Renamed))
        {
            WritePath(writer, "new_path", change.NewName.Path);
        }

        writer.WriteBoolean("directory"u8, change.IsDirectory);
    }

    /// <summary>Names are bytes. What is no UTF-8 is shown as near as can be, and given exactly besides.</summary>
    private static void WritePath(Utf8JsonWriter writer, string name, byte[] path)
    {
        ReadOnlySpan<byte> shown = path.Length == 0 ? "."u8 : path;
        writer.WriteString(name, Encoding.UTF8.GetString(shown));
        if (!Utf8.IsValid(shown))
        {
            writer.WriteBase64String($"{name}_base64", path);
        }
    }
}
