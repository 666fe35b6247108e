using System.Buffers;
using System.Text.Json;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Daemon;

/// <summary>The lines of the control socket, JSON each, read and written by hand: a serializer would cost a daemon that is asked once what it is 3 MiB for as long as it lives,
/// and a command that asks the time to compile it.</summary>
internal static class ControlText
{
    /// <exception cref="InvalidDataException">It is no request.</exception>
    public static ControlRequest ReadRequest(ReadOnlyMemory<byte> line) => Read(line, static fields => new ControlRequest(
        Text(fields, "operation") ?? throw new InvalidDataException("A control message asks for nothing."), Text(fields, "argument")));

    /// <exception cref="InvalidDataException">It is no reply.</exception>
    public static ControlReply ReadReply(ReadOnlyMemory<byte> line) => Read(line, static fields => new ControlReply
    {
        Doing = Text(fields, "doing"),
        Done = fields.TryGetProperty("done", out JsonElement done) ? done.GetDouble() : null,
        Result = fields.TryGetProperty("result", out JsonElement result) ? result.Clone() : null,
        Code = fields.TryGetProperty("code", out JsonElement code) ? (ExitCode)code.GetInt32() : null,
        Error = Text(fields, "error"),
        Advice = Text(fields, "advice"),
    });

    /// <summary>A request's line, its end included.</summary>
    public static byte[] Write(ControlRequest request) => Line(writer =>
    {
        Put(writer, "operation", request.Operation);
        Put(writer, "argument", request.Argument);
    });

    /// <summary>A reply's line, its end included.</summary>
    public static byte[] Write(ControlReply reply) => Line(writer =>
    {
        Put(writer, "doing", reply.Doing);
        if (reply.Done is { } done)
        {
            writer.WriteNumber("done", done);
        }

        if (reply.Result is { } result)
        {
            writer.WritePropertyName("result");
            result.WriteTo(writer);
        }

        if (reply.Code is { } code)
        {
            writer.WriteNumber("code", (int)code);
        }

        Put(writer, "error", reply.Error);
        Put(writer, "advice", reply.Advice);
    });

    private static T Read<T>(ReadOnlyMemory<byte> line, Func<JsonElement, T> read)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            return read(document.RootElement);
        }
        catch (Exception fault) when (fault is JsonException or FormatException or InvalidOperationException)
        {
            throw new InvalidDataException("A control message is not the JSON that was expected.", fault);
        }
    }

    private static string? Text(JsonElement fields, string name) => fields.TryGetProperty(name, out JsonElement text) ? text.GetString() : null;

    private static byte[] Line(Action<Utf8JsonWriter> write)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
            write(writer);
            writer.WriteEndObject();
        }

        line.Write("\n"u8);
        return line.WrittenSpan.ToArray();
    }

    private static void Put(Utf8JsonWriter writer, string name, string? value)
    {
        if (value is not null)
        {
            writer.WriteString(name, value);
        }
    }
}
