namespace Tessera.Container.Media.Native;

/// <summary>What is done with a piece (linux/aio_abi.h).</summary>
internal enum PieceOperation : ushort
{
    /// <summary>IOCB_CMD_PREAD.</summary>
    Read = 0,

    /// <summary>IOCB_CMD_PWRITE.</summary>
    Write = 1,
}
