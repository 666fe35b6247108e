using System.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>tessera token revoke: a token that shall be accepted no more, nor go on with what it has begun.</summary>
internal static class TokenRevokeVerb
{
    public static Command Create()
    {
        Option<string> tokens = TokenVerb.Tokens();
        Argument<string> id = new("ID") { Description = "Its id, from 'token list': what is before the dot in the token." };
        var command = new Command("revoke", "Accept a token, or the certificate that was made for it, no more. A server that uses the file ends its sessions within seconds.") { id, tokens };
        command.SetAction(parsed =>
        {
            string file = parsed.GetRequiredValue(tokens);
            using IDisposable held = TokenList.Hold(file);
            TokenList.Read(file).Revoke(parsed.GetRequiredValue(id), TimeProvider.System.GetUtcNow());
            Console.Out.WriteLine($"Token {parsed.GetRequiredValue(id)} is revoked.");
            return (int)ExitCode.Ok;
        });
        return command;
    }
}
