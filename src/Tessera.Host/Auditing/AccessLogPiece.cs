namespace Tessera.Host.Auditing;

/// <summary>A segment of a volume's access log.</summary>
/// <param name="Number">By its key.</param>
/// <param name="Bytes">All of it; empty where a piece is missing.</param>
internal sealed record AccessLogPiece(ulong Number, byte[] Bytes);
