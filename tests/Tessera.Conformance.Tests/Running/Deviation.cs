namespace Tessera.Conformance.Tests.Running;

/// <summary>A clause that a place is known not to keep.</summary>
/// <param name="Place">"ext4", "tmpfs" or "tessera".</param>
/// <param name="Clause">The clause's id.</param>
/// <param name="Reason">A limit of the kernel with its evidence, or what is not yet built.</param>
internal sealed record Deviation(string Place, string Clause, string Reason);
