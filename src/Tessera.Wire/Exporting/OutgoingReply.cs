namespace Tessera.Wire.Exporting;

/// <summary>A reply on its way out of a slot.</summary>
/// <param name="Frame">The whole frame.</param>
/// <param name="Buffer">Which of the slot's buffers it lies in, by number: a slot may have the next before the connection has done with this one.</param>
internal readonly record struct OutgoingReply(ReadOnlyMemory<byte> Frame, ulong Buffer);
