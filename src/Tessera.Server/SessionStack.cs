using Tessera.Core.FileSystem;
using Tessera.Host.Auditing;
using Tessera.Host.Limiting;
using Tessera.Host.Metering;
using Tessera.Host.Middleware;
using Tessera.Host.Policies;
using Tessera.Server.Tracing;

namespace Tessera.Server;

/// <summary>What a request goes through, be it a program's at a mount here on its way to the client, or a client's on its way to what is exported here: the one place where it is
/// put together. Who the client is has been asked before, at the door (<see cref="SessionDoor"/>).</summary>
internal static class SessionStack
{
    /// <param name="files">The client's, or those that are exported.</param>
    /// <param name="session">Whose.</param>
    /// <param name="rules">What holds for every workspace and export.</param>
    /// <param name="record">Where it is kept what happens.</param>
    public static IFileSystem Compose(IFileSystem files, SessionIdentity session, ServerRules rules, ServerRecord record)
    {
        IFileSystem stack = files;
        if (record.Audit is not null || rules.Policy is not null)
        {
            var names = new KnownNames();
            stack = new NamedFileSystem(stack, names);
            stack = rules.Policy is null ? stack : new PolicedFileSystem(stack, rules.Policy.For(session.Workspace), names, record.Meters.Denials);
            stack = record.Audit is null ? stack : new AuditedFileSystem(stack, new AuditTrail(record.Audit.Journal, session.Workspace, session.Id, names));
        }

        if (!rules.Limits.IsNone || rules.TokenRates is not null)
        {
            RateBuckets? own = rules.Limits.IsNone ? null : new RateBuckets(rules.Limits, TimeProvider.System);
            stack = new LimitedFileSystem(
                stack, new SessionLimiter(own, rules.TokenRates?.Join(session.Token, session.Over), record.Meters.Delays, TimeProvider.System, session.Over));
        }

        stack = new MeteredFileSystem(stack, record.Meters.Requests);
        return rules.Traces is null ? stack : new TracedFileSystem(stack, rules.Traces, session);
    }
}
