using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;

namespace Tessera.Server;

/// <summary>What a client has come for, and whether it is let in.</summary>
/// <param name="Name">Of the workspace, or the export; anything at all where it is refused.</param>
/// <param name="Role">Which end the client is.</param>
/// <param name="Grant">What it may do; null: nothing.</param>
/// <param name="Reason">Why what it has shown is not accepted, in a word (<see cref="AdmissionReason"/>); null: no more is said.</param>
/// <param name="Refusal">The status, as of HTTP, with which it is sent away; null: it is let in.</param>
internal sealed record Entry(string Name, WireRole Role, Grant? Grant, string? Reason, (int Status, Refused Why)? Refusal);
