using System.CommandLine;
using Tessera.Host.Limiting;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>What stands between the programs of a server and what clients share: options of "serve".</summary>
internal sealed class MiddlewareOptions
{
    private readonly Option<string?> audit = new("--audit") { Description = "Write a line for each opening and each change into this file; 'tessera audit' reads it.", HelpName = "FILE" };
    private readonly Option<string?> policy = new("--policy") { Description = "What programs may do, by path: a line of JSON for each rule.", HelpName = "FILE" };
    private readonly Option<string?> operations = new("--limit-ops") { Description = "Requests of each session in a second: 500, or metadata=1000,read=200,write=100.", HelpName = "N/s" };
    private readonly Option<string?> bytes = new("--limit-bytes") { Description = "Bytes that each session may read in a second, and write: 20M.", HelpName = "SIZE/s" };
    private readonly Option<string?> tokenOperations = new("--limit-token-ops") { Description = "As --limit-ops, of all sessions with one token, or one certificate, together.", HelpName = "N/s" };
    private readonly Option<string?> tokenBytes = new("--limit-token-bytes") { Description = "As --limit-bytes, of all sessions with one token, or one certificate, together.", HelpName = "SIZE/s" };

    private MiddlewareOptions()
    {
    }

    public static MiddlewareOptions AddTo(Command command)
    {
        var options = new MiddlewareOptions();
        command.Add(options.audit);
        command.Add(options.policy);
        command.Add(options.operations);
        command.Add(options.bytes);
        command.Add(options.tokenOperations);
        command.Add(options.tokenBytes);
        return options;
    }

    public ServeOptions ApplyTo(ServeOptions options, ParseResult parsed) => options with
    {
        Audit = parsed.GetValue(audit),
        Policy = parsed.GetValue(policy),
        Limits = RateLimits.Parse(parsed.GetValue(operations), parsed.GetValue(bytes)),
        TokenLimits = RateLimits.Parse(parsed.GetValue(tokenOperations), parsed.GetValue(tokenBytes)),
    };
}
