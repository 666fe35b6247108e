namespace Tessera.Conformance.Tests.Limits;

/// <summary>A call that a FUSE file system may never hear of.</summary>
/// <param name="Name">As a program writes it.</param>
/// <param name="Reason">What decides it, with the function of the kernel (6.18) that does.</param>
/// <param name="Call">Makes it; its result, −1 with errno set.</param>
internal sealed record Probe(string Name, string Reason, Func<ProbeRoom, long> Call)
{
    /// <summary>It stops the whole file system until it is called off.</summary>
    public Action<ProbeRoom> Undo { get; init; } = static _ => { };
}
