namespace Tessera.Server.Echoing;

/// <summary>What is repeated through a mount.</summary>
internal enum EchoCall : byte
{
    None,

    /// <summary>mkdir(2), symlink(2) or mknod(2), by the mode.</summary>
    Make,

    /// <summary>unlink(2) or rmdir(2), by the mode.</summary>
    Remove,

    /// <summary>rename(2).</summary>
    Rename,

    /// <summary>utimensat(2), of the modification time alone: IN_MODIFY.</summary>
    Modify,

    /// <summary>open(2) for writing and close(2): IN_CLOSE_WRITE.</summary>
    Write,

    /// <summary>utimensat(2), of both times: IN_ATTRIB.</summary>
    Attributes,

    /// <summary>The mount's thread ends; there is no answer.</summary>
    End,
}
