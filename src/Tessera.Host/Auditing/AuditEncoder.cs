using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Unicode;

namespace Tessera.Host.Auditing;

/// <summary>Writes records as lines of JSON (docs/guide/workspaces.md, "Audit"). Used by one thread at a time.</summary>
internal sealed class AuditEncoder : IDisposable
{
    private const string TimeFormat = "yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'";

    private readonly Utf8JsonWriter writer = new(Stream.Null, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping });

    /// <summary>The line, with its end.</summary>
    public void Encode(in AuditRecord record, DateTimeOffset time, ArrayBufferWriter<byte> into)
    {
        writer.Reset(into);
        writer.WriteStartObject();
        writer.WriteString("time"u8, time.ToString(TimeFormat, CultureInfo.InvariantCulture));
        WriteText("workspace"u8, record.Workspace);
        WriteText("session"u8, record.Session);
        writer.WriteString("operation"u8, record.Operation);
        WritePath("path", record.Path);
        WritePath("new_path", record.NewPath);
        WritePath("target", record.Target);
        WriteText("detail"u8, record.Detail);
        if (record.Caller is { } caller)
        {
            if (!caller.IsUnknown)
            {
                writer.WriteNumber("uid"u8, caller.Uid);
                writer.WriteNumber("gid"u8, caller.Gid);
            }

            writer.WriteNumber("pid"u8, caller.Pid);
            writer.WriteNumber("errno"u8, (int)record.Result);
        }

        WriteText("token"u8, record.Token);
        WriteText("client"u8, record.Client);
        WriteText("reason"u8, record.Reason);
        if (record.Unwritten > 0)
        {
            writer.WriteNumber("unwritten"u8, record.Unwritten);
        }

        writer.WriteEndObject();
        writer.Flush();
        into.Write("\n"u8);
    }

    public void Dispose() => writer.Dispose();

    private void WriteText(ReadOnlySpan<byte> name, string? text)
    {
        if (text is not null)
        {
            writer.WriteString(name, text);
        }
    }

    /// <summary>Names are bytes. What is no UTF-8 is shown as near as can be, and given exactly besides.</summary>
    private void WritePath(string name, byte[]? path)
    {
        if (path is null)
        {
            return;
        }

        ReadOnlySpan<byte> shown = path.Length == 0 ? "."u8 : path;
        if (Utf8.IsValid(shown))
        {
            writer.WriteString(name, shown);
            return;
        }

        writer.WriteString(name, Encoding.UTF8.GetString(shown));
        writer.WriteBase64String($"{name}_base64", path);
    }
}
