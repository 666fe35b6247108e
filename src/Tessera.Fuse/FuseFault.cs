namespace Tessera.Fuse;

/// <summary>Something that should not have happened; the request in question was answered EIO or EINVAL, or dropped, and service goes on.</summary>
/// <param name="Message">What happened, without names or contents of files.</param>
/// <param name="Opcode">The request, when there was one.</param>
/// <param name="Exception">What escaped a handler, if anything did.</param>
public sealed record FuseFault(string Message, FuseOpcode? Opcode = null, Exception? Exception = null);
