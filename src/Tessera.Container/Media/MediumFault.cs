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
    AccessDenied,
}
