namespace Tessera.Wire.Protocol;

/// <summary>Which end of a session whoever connects is.</summary>
public enum WireRole : byte
{
    /// <summary>It has the files: "tessera share".</summary>
    Exporter = 1,

    /// <summary>It uses those of whom it connects to: "tessera mount" of a URL.</summary>
    Importer = 2,
}
