namespace Tessera.Conformance.Tests.Running;

/// <summary>A clause that a place is known not to keep.</summary>
/// <param name="Place">A name of <see cref="PlaceSet"/>.</param>
/// <param name="Clause">The clause's id.</param>
/// <param name="Seen">What there is instead, as <see cref="Outcome"/> tells it: an errno's name, "no error", or a value.</param>
/// <param name="Reason">A limit of the kernel with its evidence, or what is not yet built.</param>
internal sealed record Deviation(string Place, string Clause, string Seen, string Reason);
