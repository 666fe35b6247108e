using System.Security.Cryptography;
using System.Text;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Sharing;

/// <summary>The secret that a client shows a server: the text of a file, without blanks around it.</summary>
internal sealed class AccessToken
{
    /// <summary>Shorter ones are guessed.</summary>
    private const int MinLength = 16;
    private const int MaxLength = 512;

    private readonly byte[] digest;

    private AccessToken(string text)
    {
        Text = text;
        digest = SHA256.HashData(Encoding.UTF8.GetBytes(text));
    }

    /// <summary>For the header of a request, and nothing else.</summary>
    public string Text { get; }

    /// <exception cref="CommandException">There is no such file, or what is in it is no token.</exception>
    public static AccessToken Read(string file)
    {
        var info = new FileInfo(file);
        string text = info.Exists && info.Length <= 2 * MaxLength
            ? File.ReadAllText(file).Trim()
            : throw new CommandException(ExitCode.Usage, $"The token file {file} is not there, or far too long.", $"Make one with: head -c 32 /dev/urandom | base64 > {file}; chmod 600 {file}");
        return IsToken(text)
            ? new AccessToken(text)
            : throw new CommandException(ExitCode.Usage, $"The token in {file} must be {MinLength} to {MaxLength} letters, digits and signs of base64.");
    }

    /// <exception cref="CommandException">It is none.</exception>
    public static AccessToken Parse(string text) => IsToken(text) ? new AccessToken(text) : throw new CommandException(ExitCode.Usage, "That is no token.");

    /// <summary>In a time that tells nothing of where they differ.</summary>
    public bool Matches(string shown) => CryptographicOperations.FixedTimeEquals(digest, SHA256.HashData(Encoding.UTF8.GetBytes(shown)));

    private static bool IsToken(string text) =>
        text.Length is >= MinLength and <= MaxLength && text.All(character => char.IsAsciiLetterOrDigit(character) || "+/=-_.~".Contains(character));
}
