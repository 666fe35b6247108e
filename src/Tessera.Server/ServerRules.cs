using Tessera.Host.Limiting;
using Tessera.Host.Policies;
using Tessera.Server.Tracing;

namespace Tessera.Server;

/// <summary>What holds for every workspace and export.</summary>
/// <param name="Grace">How long it outlives its client's connection.</param>
/// <param name="Deadline">How long a client that is connected may take for an answer.</param>
/// <param name="Policy">What programs may do with which paths; null: what the files' modes say.</param>
/// <param name="Limits">How much a session may ask for.</param>
/// <param name="TokenRates">How much all sessions with one token may; null: there are no such limits.</param>
/// <param name="Traces">Which operations are traced; null: none.</param>
internal sealed record ServerRules(TimeSpan Grace, TimeSpan Deadline, AccessPolicy? Policy, RateLimits Limits, TokenRates? TokenRates, TraceSampler? Traces);
