namespace Tessera.Wire.Importing;

/// <summary>What listings say of a name.</summary>
internal enum LookupAnswer
{
    /// <summary>The exporter has to be asked.</summary>
    Unknown,
    Present,
    Absent,
}
