using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Sharing;

/// <summary>The file of tokens: a line of JSON for each. It is replaced as a whole, so that a server sees the old one or the new.</summary>
internal sealed class TokenList
{
    /// <summary>Tokens in one file.</summary>
    public const int MaxTokens = 4096;

    private const int MaxLineBytes = 1024;
    private const int MaxFileBytes = MaxTokens * MaxLineBytes;
    private const int SecretBytes = 32;
    private const int IdBytes = 4;
    private const UnixFileMode ForItsOwner = UnixFileMode.UserRead | UnixFileMode.UserWrite;
    private const UnixFileMode WrittenByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string path;

    private TokenList(string path, IReadOnlyList<TokenEntry> entries)
    {
        this.path = path;
        Entries = entries;
    }

    public IReadOnlyList<TokenEntry> Entries { get; }

    /// <exception cref="CommandException">There is no such file, or others may write it, or a line in it is none.</exception>
    public static TokenList Read(string path)
    {
        var info = new FileInfo(path);
        if (!info.Exists)
        {
            throw new CommandException(ExitCode.Usage, $"There is no file of tokens {path}.", $"'tessera token create --tokens {path} --workspaces NAME' makes it.");
        }

        if ((info.UnixFileMode & WrittenByOthers) != UnixFileMode.None)
        {
            throw new CommandException(ExitCode.Usage, $"Others than its owner may write {path}, and so let in whom they like.", $"chmod go-w {path}");
        }

        return info.Length <= MaxFileBytes
            ? new TokenList(path, Parse(path, File.ReadAllLines(path)))
            : throw new CommandException(ExitCode.Usage, $"{path} is too long for a file of tokens.");
    }

    /// <summary>What the file has, or nothing where there is no file yet.</summary>
    public static TokenList ReadOrNew(string path) => Path.Exists(path) ? Read(path) : new TokenList(path, []);

    /// <summary>Keeps other commands from changing the file until it is let go.</summary>
    /// <exception cref="CommandException">Another one changes it at this moment: exit 6.</exception>
    public static IDisposable Hold(string path)
    {
        try
        {
            // FileShare.None is flock(2) here; the file stays, because removing it would let two in.
            return new FileStream($"{path}.lock", new FileStreamOptions { Mode = FileMode.OpenOrCreate, Access = FileAccess.Write, Share = FileShare.None, UnixCreateMode = ForItsOwner });
        }
        catch (IOException fault) when (fault is not DirectoryNotFoundException)
        {
            throw new CommandException(ExitCode.Busy, $"Another command changes {path} at this moment.", advice: null, fault);
        }
    }

    public static byte[] Hash(string token) => SHA256.HashData(Encoding.UTF8.GetBytes(token));

    /// <summary>Adds a token that was made at random, and tells it this once.</summary>
    /// <param name="scope">What it allows; its id and hash are made here.</param>
    public string Create(TokenEntry scope)
    {
        if (Entries.Count >= MaxTokens)
        {
            throw new CommandException(ExitCode.Usage, $"{path} has {MaxTokens} tokens.", "Remove lines of revoked ones.");
        }

        string id = Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(IdBytes));
        string token = $"{id}.{Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(SecretBytes))}";
        Write([.. Entries, scope with { Id = id, Sha256 = Convert.ToHexStringLower(Hash(token)) }]);
        return token;
    }

    /// <exception cref="CommandException">There is none of that id.</exception>
    public void Revoke(string id, DateTimeOffset now)
    {
        if (!Entries.Any(entry => entry.Id == id))
        {
            throw new CommandException(ExitCode.Usage, $"{path} has no token {id}.", "'tessera token list' lists them.");
        }

        Write([.. Entries.Select(entry => entry.Id == id ? entry with { Revoked = entry.Revoked ?? now } : entry)]);
    }

    /// <summary>Spends a token on the one key whose certificates are good from now on.</summary>
    /// <param name="id">Of a token that <see cref="Entries"/> has.</param>
    /// <param name="key">The public key's SHA-256, hexadecimal.</param>
    /// <remarks>When this returns, no crash and no power cut makes the token good for another key.</remarks>
    public void Enrol(string id, string key) => Write([.. Entries.Select(entry => entry.Id == id ? entry with { Key = key } : entry)]);

    private static TokenEntry[] Parse(string path, string[] lines)
    {
        var entries = new List<TokenEntry>(lines.Length);
        for (int i = 0; i < lines.Length; i++)
        {
            if (lines[i].Length > 0)
            {
                entries.Add(ParseLine(lines[i]) ?? throw new CommandException(ExitCode.Usage, $"Line {i + 1} of {path} is not that of a token."));
            }
        }

        return entries.Count <= MaxTokens && entries.Select(entry => entry.Id).Distinct(StringComparer.Ordinal).Count() == entries.Count
            ? [.. entries]
            : throw new CommandException(ExitCode.Usage, $"{path} has an id twice, or more than {MaxTokens} tokens.");
    }

    private static TokenEntry? ParseLine(string line)
    {
        try
        {
            return JsonSerializer.Deserialize(line, TokenJson.Default.TokenEntry) is { } entry
                && entry.Id.Length > 0 && IsDigest(entry.Sha256) && (entry.Key is null || (entry.Enrols && IsDigest(entry.Key))) ? entry : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static bool IsDigest(string text) => text.Length == 2 * SHA256.HashSizeInBytes && text.All(char.IsAsciiHexDigit);

    private void Write(IEnumerable<TokenEntry> entries)
    {
        string unfinished = $"{path}.{Environment.ProcessId}.new";
        try
        {
            using (var file = new FileStream(unfinished, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = ForItsOwner }))
            {
                file.Write(Encoding.UTF8.GetBytes(string.Concat(entries.Select(entry => JsonSerializer.Serialize(entry, TokenJson.Default.TokenEntry) + "\n"))));
                file.Flush(flushToDisk: true);
            }

            if (File.Exists(path))
            {
                File.SetUnixFileMode(unfinished, File.GetUnixFileMode(path));
            }

            File.Move(unfinished, path, overwrite: true);
            DirectoryDurability.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            File.Delete(unfinished);
            throw new CommandException(ExitCode.Fault, $"{path} cannot be written: {fault.Message}", advice: null, fault);
        }
    }
}
