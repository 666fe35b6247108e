namespace Tessera.Conformance.Tests.Manual;

/// <summary>A line of errors.txt.</summary>
/// <param name="Page">The manual page, as "open.2".</param>
/// <param name="Subject">An errno of its section ERRORS, or "marks" for the times that the call marks.</param>
/// <param name="Clauses">The clauses that show it; none where there is a reason.</param>
/// <param name="Reason">Why no clause does; empty where there are some.</param>
internal sealed record ManualLine(string Page, string Subject, IReadOnlyList<string> Clauses, string Reason);
