using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Host.Mounting;

/// <summary>"wss://HOST[:PORT]/NAME", "tls://HOST:PORT/NAME", or ws:// on loopback, in the place of a volume: an export of a server, at one or more addresses with commas between them.</summary>
internal static class RemoteSource
{
    /// <summary>Where a server has its exports (docs/protocol.md, "Connection").</summary>
    public const string Exports = "/exports/";

    private static readonly string[] Beginnings = ["wss://", "tls://", "ws://"];

    public static bool Is(string volume) => Beginnings.Any(beginning => volume.StartsWith(beginning, StringComparison.OrdinalIgnoreCase));

    /// <param name="volume">The list of addresses.</param>
    /// <param name="fingerprint">That of the server's certificate; null: none was named.</param>
    /// <exception cref="CommandException">They are none of an export, or not to be sent a token.</exception>
    public static ServerAddresses AddressesOf(string volume, CertificateFingerprint? fingerprint) => ServerAddresses.Parse(volume, fingerprint, static one => AddressOf(one).AbsoluteUri);

    /// <summary>The address to connect to: of "/NAME" that is "/exports/NAME"; a path with "/exports/" in it, as behind a proxy, is it already.</summary>
    /// <exception cref="CommandException">It names no export.</exception>
    public static Uri AddressOf(string volume)
    {
        if (!Uri.TryCreate(volume, UriKind.Absolute, out Uri? url) || url.AbsolutePath.Length < 2 || url.Query.Length > 0 || url.Fragment.Length > 0 || url.UserInfo.Length > 0)
        {
            throw new CommandException(ExitCode.Usage, "That is not the address of an export.", "Write wss://HOST:PORT/NAME."); // It may have a secret in it that does not belong there.
        }

        return url.AbsolutePath.Contains(Exports, StringComparison.Ordinal) ? url : new Uri(url, Exports + url.AbsolutePath[1..]);
    }
}
