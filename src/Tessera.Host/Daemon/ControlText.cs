using System.Buffers;
using System.Text.Json;

namespace Tessera.Host.Daemon;

/// <summary>The daemon's end of the control socket's lines, in the shapes of <see cref="ControlJson"/>, read and written by hand: a serializer would cost a daemon that is asked
/// once what it is 3 MiB for as long as it lives.</summary>
internal static class ControlText
{
    /// <exception cref="InvalidDataException">It is no request.</exception>
    public static ControlRequest ReadRequest(ReadOnlyMemory<byte> line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line);
            string? operation = document.RootElement.GetProperty("operation").GetString();
            string? argument = document.RootElement.TryGetProperty("argument", out JsonElement given) ? given.GetString() : null;
            return new ControlRequest(operation ?? throw new InvalidDataException("A control message asks for nothing."), argument);
        }
        catch (Exception fault) when (fault is JsonException or KeyNotFoundException or InvalidOperationException)
        {
            throw new InvalidDataException("A control message is not the JSON that was expected.", fault);
        }
    }

    /// <summary>A reply's line, its end included.</summary>
    public static byte[] Write(ControlReply reply)
    {
        var line = new ArrayBufferWriter<byte>();
        using (var writer = new Utf8JsonWriter(line))
        {
            writer.WriteStartObject();
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
