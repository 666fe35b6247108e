using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>tessera token: who may share with a server, and what.</summary>
internal static class TokenVerb
{
    public static Command Create() => new("token", "Make, list and revoke the tokens that a server accepts.")
    {
        TokenCreateVerb.Create(),
        TokenListVerb.Create(),
        TokenRevokeVerb.Create(),
    };

    public static Option<string> Tokens() => new("--tokens") { Description = "The server's file of tokens.", HelpName = "FILE", Required = true };
}
