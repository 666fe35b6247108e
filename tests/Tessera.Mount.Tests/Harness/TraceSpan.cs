using System.Text;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A span as it came (opentelemetry/proto/trace/v1/trace.proto).</summary>
/// <param name="Service">service.name of the program that sent it.</param>
/// <param name="TraceId">Hexadecimal.</param>
/// <param name="SpanId">Hexadecimal.</param>
/// <param name="ParentId">Hexadecimal; empty: it is a root.</param>
/// <param name="Name">What it is of.</param>
internal sealed record TraceSpan(string Service, string TraceId, string SpanId, string ParentId, string Name)
{
    private const int ResourceSpans = 1;
    private const int Resource = 1;
    private const int ScopeSpans = 2;
    private const int Spans = 2;
    private const int Attribute = 1;

    /// <summary>Those of an ExportTraceServiceRequest.</summary>
    public static IEnumerable<TraceSpan> Parse(byte[] request) =>
        from resource in Fields(request, ResourceSpans)
        let service = ServiceOf(Fields(resource, Resource).Single())
        from scope in Fields(resource, ScopeSpans)
        from span in Fields(scope, Spans)
        select new TraceSpan(service, Hex(span, 1), Hex(span, 2), Hex(span, 4), Text(span, 5));

    private static string ServiceOf(byte[] resource) =>
        (from attribute in Fields(resource, Attribute) where Text(attribute, 1) == "service.name" select Text(Fields(attribute, 2).Single(), 1)).Single();

    private static string Hex(byte[] message, int field) => Convert.ToHexString(Fields(message, field).SingleOrDefault() ?? []);

    private static string Text(byte[] message, int field) => Encoding.UTF8.GetString(Fields(message, field).SingleOrDefault() ?? []);

    /// <summary>The fields of that number which are bytes, texts or messages.</summary>
    private static IEnumerable<byte[]> Fields(byte[] message, int number)
    {
        int at = 0;
        while (at < message.Length)
        {
            ulong key = Varint(message, ref at);
            int length = (int)(key & 7) switch
            {
                0 => (int)(Varint(message, ref at) & 0),
                1 => 8,
                2 => (int)Varint(message, ref at),
                5 => 4,
                _ => throw new InvalidDataException($"A field of kind {key & 7}."),
            };
            if ((key & 7) == 2 && (int)(key >> 3) == number)
            {
                yield return message[at..(at + length)];
            }

            at += length;
        }
    }

    private static ulong Varint(byte[] message, ref int at)
    {
        ulong value = 0;
        for (int shift = 0; ; shift += 7)
        {
            byte part = message[at++];
            value |= (ulong)(part & 0x7F) << shift;
            if (part < 0x80)
            {
                return value;
            }
        }
    }
}
