using System.Security.Cryptography;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>Which tokens are accepted, and what each allows: that of --token-file, and those of the file of tokens, which is read again when it has changed.</summary>
internal sealed class TokenAuthority
{
    private static readonly Grant Everything = new("token-file", "*", ReadOnly: false, Metrics: true, Expires: null) { Mounts = "*" };

    private readonly AccessToken? single;
    private readonly string? file;
    private readonly EventLog log;
    private readonly TimeProvider time;
    private readonly Lock gate = new();
    private volatile (byte[] Digest, TokenEntry Entry)[] known = []; // Those that were not revoked.
    private (long Length, DateTime Written) read;

    /// <exception cref="CommandException">A file cannot be used.</exception>
    public TokenAuthority(ServeOptions options, EventLog log, TimeProvider time)
    {
        this.log = log;
        this.time = time;
        single = options.TokenFile is null ? null : AccessToken.Read(options.TokenFile);
        file = options.Tokens;
        if (file is not null)
        {
            read = StampOf(file);
            Take(TokenList.Read(file));
        }
    }

    /// <summary>What the token allows; null: it is not accepted. Takes as long whichever of the tokens it is, and if it is none.</summary>
    public Grant? Find(string token)
    {
        Refresh();
        byte[] digest = TokenList.Hash(token);
        Grant? found = single?.Matches(token) == true ? Everything : null;
        foreach ((byte[] expected, TokenEntry entry) in known)
        {
            found = CryptographicOperations.FixedTimeEquals(expected, digest) && !entry.Enrols ? entry.ToGrant() : found;
        }

        return found?.IsExpired(time.GetUtcNow()) == false ? found : null;
    }

    /// <summary>Whether a token was made to enrol with, and not revoked. It may be spent, or have expired.</summary>
    public bool Enrols(string token)
    {
        Refresh();
        byte[] digest = TokenList.Hash(token);
        bool found = false;
        foreach ((byte[] expected, TokenEntry entry) in known)
        {
            found |= CryptographicOperations.FixedTimeEquals(expected, digest) && entry.Enrols;
        }

        return found;
    }

    /// <summary>What a client may do that has enrolled; null: nothing any more.</summary>
    /// <param name="id">The token by which it did.</param>
    /// <param name="key">Its key's digest.</param>
    /// <param name="expires">When its certificate does.</param>
    public Grant? FindEnrolled(string id, string key, DateTimeOffset expires)
    {
        Refresh();
        return Array.Find(known, one => one.Entry.Id == id && one.Entry.Key == key).Entry is { } entry ? entry.ToGrant() with { Expires = expires } : null;
    }

    /// <summary>Whether what was granted to a session under way still is.</summary>
    /// <returns>Why not; null: it is.</returns>
    public string? WhyNot(Grant granted)
    {
        if (ReferenceEquals(granted, Everything))
        {
            return null;
        }

        TokenEntry? now = Array.Find(known, one => one.Entry.Id == granted.Id).Entry;
        return now is null ? $"The token {granted.Id} was revoked."
            : now.Enrols && granted.IsExpired(time.GetUtcNow()) ? $"The certificate of {granted.Id} has expired."
            : !now.Enrols && now.ToGrant().IsExpired(time.GetUtcNow()) ? $"The token {granted.Id} has expired."
            : now.Workspaces != granted.Workspaces || (now.Mounts ?? string.Empty) != granted.Mounts || now.ReadOnly != granted.ReadOnly ? $"The token {granted.Id} allows something else now."
            : null;
    }

    /// <summary>Reads the file again if it is another than was read.</summary>
    public void Refresh()
    {
        if (file is null)
        {
            return;
        }

        lock (gate)
        {
            (long Length, DateTime Written) stamp = StampOf(file);
            if (stamp == read)
            {
                return;
            }

            read = stamp;
            try
            {
                Take(TokenList.Read(file));
                log.Info("tokens", ("count", known.Length));
            }
            catch (Exception fault) when (fault is CommandException or IOException or UnauthorizedAccessException)
            {
                log.Warning("tokens", ("message", $"{fault.Message} What the file said before stays in force."));
            }
        }
    }

    private void Take(TokenList list) =>
        known = [.. from entry in list.Entries where entry.Revoked is null select (Convert.FromHexString(entry.Sha256), entry)];

    private static (long Length, DateTime Written) StampOf(string path)
    {
        var info = new FileInfo(path);
        return info.Exists ? (info.Length, info.LastWriteTimeUtc) : default;
    }
}
