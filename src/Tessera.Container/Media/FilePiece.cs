using Microsoft.Win32.SafeHandles;

namespace Tessera.Container.Media;

/// <summary>Where a piece of a medium lies.</summary>
/// <param name="File">The descriptor; null: nowhere.</param>
/// <param name="Offset">In the file, bytes.</param>
/// <param name="MemoryAlignment">What its memory must be aligned to, bytes.</param>
internal readonly record struct FilePiece(SafeFileHandle? File, long Offset, int MemoryAlignment);
