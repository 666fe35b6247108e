namespace Tessera.Volumes.Checking;

/// <summary>What a finding means for the data.</summary>
public enum VolumeFindingSeverity
{
    /// <summary>A count is wrong or space is not given back. What it should be follows from the rest; every file is whole.</summary>
    Repairable,

    /// <summary>Two records contradict each other. Files are whole now; operations on them may be refused, or harm data later.</summary>
    Inconsistent,

    /// <summary>A file, a part of one or its name cannot be reached any more.</summary>
    DataLost,
}
