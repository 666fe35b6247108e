namespace Tessera.Host.Policies;

/// <summary>What may be done with a path.</summary>
[Flags]
internal enum AccessRights
{
    None = 0,

    /// <summary>Read the file, list the directory, see where the link leads.</summary>
    Read = 1,

    /// <summary>Make it, change its content, its attributes.</summary>
    Write = 2,

    /// <summary>Run it as a program.</summary>
    Execute = 4,

    /// <summary>Remove it, move it away.</summary>
    Delete = 8,
    All = Read | Write | Execute | Delete,
}
