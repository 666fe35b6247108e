namespace Tessera.Conformance.Tests.Running;

/// <summary>A clause that a place is known not to keep.</summary>
/// <param name="Place">A name of <see cref="PlaceSet"/>.</param>
/// <param name="Clause">The clause's id.</param>
/// <param name="Errno">What the call gives instead; 0 when it gives no error, but not what the clause says either.</param>
/// <param name="Reason">A limit of the kernel with its evidence, or what is not yet built.</param>
internal sealed record Deviation(string Place, string Clause, int Errno, string Reason);
