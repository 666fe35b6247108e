namespace Tessera.Volumes;

/// <summary>When a read changes the access time, as mount(8) names it. Either way the change is stored lazily, never by a commit of its
/// own.</summary>
public enum AccessTimePolicy
{
    /// <summary>relatime: when it is not later than the last change, or a day old.</summary>
    Relative = 0,

    /// <summary>noatime: never.</summary>
    Never = 1,

    /// <summary>strictatime: always.</summary>
    Strict = 2,
}
