namespace Tessera.Container.Media;

/// <summary>Why a medium could not do what was asked.</summary>
public enum MediumFault
{
    Failed,
    NoSpace,
    Truncated,
    ReadOnly,

    /// <summary>Another process holds the medium.</summary>
    InUse,
    NotFound,

    /// <summary>There is something of that name that cannot be a medium: a directory, a terminal.</summary>
    Unsuitable,
    AccessDenied,
}
