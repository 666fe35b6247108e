using System.Buffers;
using System.Globalization;
using System.Text.Json;

namespace Tessera.Host.Logging;

/// <summary>The daemon's log: a line of JSON for each event, with its time (UTC), level, name and fields. For events, not for requests.</summary>
internal sealed class EventLog
{
    private readonly ILogOutput _output;
    private readonly TimeProvider _time;
    private readonly Lock _gate = new();
    private readonly ArrayBufferWriter<byte> _line = new(1024);

    public EventLog(ILogOutput output, TimeProvider time)
    {
        _output = output;
        _time = time;
    }

    public void Info(string name, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogLevel.Info, name, fields);

    public void Warning(string name, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogLevel.Warning, name, fields);

    public void Error(string name, params ReadOnlySpan<(string Name, object? Value)> fields) => Write(LogLevel.Error, name, fields);

    /// <summary>A fault with its type, message and stack; those never contain secrets.</summary>
    public void Fault(string name, Exception fault) =>
        Write(LogLevel.Error, name, [("fault", fault.GetType().Name), ("message", fault.Message), ("stack", fault.ToString())]);

    public void Reopen()
    {
        lock (_gate)
        {
            _output.Reopen();
        }
    }

    private void Write(LogLevel level, string name, ReadOnlySpan<(string Name, object? Value)> fields)
    {
        lock (_gate)
        {
            _line.ResetWrittenCount();
            using (var writer = new Utf8JsonWriter(_line, new JsonWriterOptions { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
            {
                writer.WriteStartObject();
                writer.WriteString("time", _time.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
                writer.WriteString("level", Name(level));
                writer.WriteString("event", name);
                foreach ((string field, object? value) in fields)
                {
                    WriteField(writer, field, value);
                }

                writer.WriteEndObject();
            }

            _output.Write(level, _line.WrittenSpan);
        }
    }

    private static void WriteField(Utf8JsonWriter writer, string name, object? value)
    {
        switch (value)
        {
            case null: writer.WriteNull(name); break;
            case int number: writer.WriteNumber(name, number); break;
            case long number: writer.WriteNumber(name, number); break;
            case ulong number: writer.WriteNumber(name, number); break;
            case double number: writer.WriteNumber(name, number); break;
            case bool flag: writer.WriteBoolean(name, flag); break;
            default: writer.WriteString(name, Convert.ToString(value, CultureInfo.InvariantCulture)); break;
        }
    }

    private static string Name(LogLevel level) => level switch
    {
        LogLevel.Error => "error",
        LogLevel.Warning => "warning",
        _ => "info",
    };
}
