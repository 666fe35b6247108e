using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>What was written to one place of a file and goes out together with what follows elsewhere in it.</summary>
/// <param name="Start">Its first byte in the file.</param>
/// <param name="Bytes">A buffer of the pool.</param>
/// <param name="Length">Of its bytes, those that were written.</param>
/// <param name="Flags">Of the writes.</param>
internal readonly record struct KeptPiece(ulong Start, byte[] Bytes, int Length, WriteFlags Flags);
