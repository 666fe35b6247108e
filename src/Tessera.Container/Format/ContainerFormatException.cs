namespace Tessera.Container.Format;

/// <summary>Why a medium cannot be opened as a container.</summary>
public enum FormatFault
{
    /// <summary>There is no container here.</summary>
    NotAVolume,

    /// <summary>The container needs a newer program.</summary>
    NewerFormat,

    /// <summary>It is a container, and too damaged to be opened as asked.</summary>
    Damaged,

    /// <summary>A repair was begun and not finished: only another one may open it.</summary>
    NotRepaired,

    /// <summary>The key does not open it.</summary>
    WrongKey,

    /// <summary>Another writer is, or was not long ago, at work on it.</summary>
    InUse,

    /// <summary>It is older than, or of another line than, what was seen of it before (docs/format/memory.md).</summary>
    RolledBack,

    /// <summary>A folder's files are of different moments or places: not all of it has arrived, or two hosts wrote to it (docs/format/folder.md).</summary>
    Mixed,
}

/// <summary>A medium cannot be opened as a container. The message says what was found and where, never key material.</summary>
public sealed class ContainerFormatException : IOException
{
    public ContainerFormatException()
        : this(FormatFault.Damaged, "The container is damaged.")
    {
    }

    public ContainerFormatException(string message)
        : this(FormatFault.Damaged, message)
    {
    }

    public ContainerFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public ContainerFormatException(FormatFault fault, string message)
        : base(message) => Fault = fault;

    public FormatFault Fault { get; }
}
