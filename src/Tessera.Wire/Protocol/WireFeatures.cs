namespace Tessera.Wire.Protocol;

/// <summary>What both ends must know before one of them uses it. The session has those that both named.</summary>
[Flags]
public enum WireFeatures : ulong
{
    None = 0,

    /// <summary>The exporter watches what it told of, and says when others change it (<see cref="FrameType.Changes"/>).</summary>
    Changes = 1,

    /// <summary>A request may say for which span of which trace it is made.</summary>
    Traces = 2,

    /// <summary>The exporter keeps locks, among all who use the same files.</summary>
    Locks = 4,

    /// <summary>Frames may come compressed (<see cref="FrameType.Compressed"/>).</summary>
    Compression = 8,
}
