namespace Tessera.Wire.Importing;

/// <summary>What is believed of what the exporter told before.</summary>
public enum RemoteCaching
{
    /// <summary>Everything, until it is old or the exporter says that it has changed.</summary>
    Told,

    /// <summary>As <see cref="Told"/>, but whoever opens a file is told by the exporter what it is at that moment: its length, and its content where it is small.</summary>
    CloseToOpen,

    /// <summary>Nothing; and a write is answered when the exporter has done it.</summary>
    Strict,
}
