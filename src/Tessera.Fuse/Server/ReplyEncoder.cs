namespace Tessera.Fuse;

/// <summary>Turns a handler's value into a message in the request's buffer; empty if the value cannot be one.</summary>
internal delegate ReadOnlySpan<byte> ReplyEncoder<T>(FuseRequest request, in T value)
    where T : struct;
