namespace Tessera.Wire.Protocol;

/// <summary>What both ends must know before one of them uses it. The session has those that both named.</summary>
[Flags]
public enum WireFeatures : ulong
{
    None = 0,

    /// <summary>The exporter watches what it told of, and says when it changes (<see cref="FrameType.Invalidate"/>).</summary>
    Invalidations = 1,
}
