using Microsoft.AspNetCore.Http;
using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>Tokens that are good for one certificate, spent in the file of tokens before the certificate is made: whoever comes second, also after a crash, is told so.</summary>
internal sealed class Enrolments(string file, TimeProvider time) : IDisposable
{
    /// <summary>Another command that changes the file is waited for so long.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);
    private static readonly TimeSpan Pause = TimeSpan.FromMilliseconds(20);

    private readonly SemaphoreSlim gate = new(1);

    /// <summary>Spends a token on a key. The same key may come again with it: the answer was lost, and its certificate is good for nobody else.</summary>
    /// <param name="token">As it was shown.</param>
    /// <param name="key">The key's digest.</param>
    /// <param name="cancellation">Ends the waiting for others.</param>
    /// <returns>The token's id; or the status of the refusal: 401 it is not accepted, 409 it was spent on another key.</returns>
    /// <exception cref="CommandException">The file cannot be read or written.</exception>
    public async Task<(string? Id, int Refusal)> SpendAsync(string token, string key, CancellationToken cancellation)
    {
        await gate.WaitAsync(cancellation);
        try
        {
            using IDisposable held = await HoldAsync(cancellation);
            TokenList list = TokenList.Read(file);
            string digest = Convert.ToHexStringLower(TokenList.Hash(token));
            TokenEntry? entry = list.Entries.FirstOrDefault(entry => entry.Enrols && entry.Sha256.Equals(digest, StringComparison.OrdinalIgnoreCase));
            if (entry is null || entry.Revoked is not null)
            {
                return (null, StatusCodes.Status401Unauthorized);
            }

            if (entry.Key is not null)
            {
                return entry.Key == key ? (entry.Id, 0) : (null, StatusCodes.Status409Conflict);
            }

            if (entry.ToGrant().IsExpired(time.GetUtcNow()))
            {
                return (null, StatusCodes.Status401Unauthorized);
            }

            list.Enrol(entry.Id, key);
            return (entry.Id, 0);
        }
        finally
        {
            gate.Release();
        }
    }

    public void Dispose() => gate.Dispose();

    private async Task<IDisposable> HoldAsync(CancellationToken cancellation)
    {
        long began = time.GetTimestamp();
        while (true)
        {
            try
            {
                return TokenList.Hold(file);
            }
            catch (CommandException busy) when (busy.Code == ExitCode.Busy && time.GetElapsedTime(began) < Patience)
            {
                await Task.Delay(Pause, time, cancellation);
            }
        }
    }
}
