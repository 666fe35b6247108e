namespace Tessera.Container.Checking;

/// <summary>What a finding means for the data.</summary>
public enum FindingSeverity
{
    /// <summary>One of two copies is damaged: nothing is lost, the other copy can be written again.</summary>
    Repairable,

    /// <summary>The books are wrong (free space, counts, bounds): data is whole now; a slot in use but marked free may be overwritten later.</summary>
    Inconsistent,

    /// <summary>Something cannot be read any more.</summary>
    DataLost,
}
