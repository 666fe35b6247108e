using Tessera.Container.Media.Native;

namespace Tessera.Container.Media;

/// <summary>A medium whose pieces may go to the kernel many at once (<see cref="PieceQueues"/>).</summary>
internal interface IPieceOwner
{
    /// <summary>Where a piece lies that goes past the page cache; nothing, when it is not one range of one file or the file takes none such.</summary>
    /// <param name="operation">What will be done with it.</param>
    /// <param name="offset">Of the medium, bytes.</param>
    /// <param name="length">Bytes.</param>
    FilePiece Locate(PieceOperation operation, long offset, int length);

    /// <summary>Reads or writes a piece by itself.</summary>
    /// <exception cref="MediumException">What is wrong with it.</exception>
    void Transfer(PieceOperation operation, long offset, Span<byte> memory, WriteMode mode);
}
