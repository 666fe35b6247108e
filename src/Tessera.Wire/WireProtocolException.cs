namespace Tessera.Wire;

/// <summary>The other end broke the protocol. It ends the session: what else it said cannot be relied on.</summary>
public sealed class WireProtocolException(string message) : Exception(message);
