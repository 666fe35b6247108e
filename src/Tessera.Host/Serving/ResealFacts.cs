namespace Tessera.Host.Serving;

/// <summary>What a mount does about what is sealed under the key before.</summary>
/// <param name="State">One of the words below.</param>
/// <param name="Percent">How far it is.</param>
/// <param name="Bytes">Contents written anew, since the mount began.</param>
/// <param name="Nodes">Tree nodes, likewise.</param>
internal sealed record ResealFacts(string State, int Percent, long Bytes, long Nodes)
{
    /// <summary>It is at work.</summary>
    public const string Running = "running";

    /// <summary>It tries again in a while: for want of room, because somebody reads an older state, or because files were copied behind it.</summary>
    public const string Waiting = "waiting";

    /// <summary>Something does not open, so that the key before stays.</summary>
    public const string Damaged = "damaged";

    /// <summary>The volume failed; the log says why.</summary>
    public const string Failed = "failed";

    /// <summary>Nothing is left under the key before, which is gone.</summary>
    public const string Ended = "ended";

    /// <summary>This mount does nothing: it is read-only, or was told so.</summary>
    public const string Off = "off";
}
