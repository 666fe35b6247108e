using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Sharing;

/// <summary>The file by which a client proves to one server who it is: the certificate that the server made for it, and the private key, which was made here and never sent.</summary>
internal sealed class ClientIdentity(string path)
{
    /// <summary>A key that was made, and for which no certificate has come yet.</summary>
    private const string Waiting = ".key";

    public string Path { get; } = path;

    public bool Exists => File.Exists(Path);

    /// <summary>Of the server at that address, where nobody says otherwise: $XDG_STATE_HOME/tessera/client/HOST-PORT.pem.</summary>
    /// <param name="server">wss://HOST:PORT/….</param>
    public static ClientIdentity For(Uri server)
    {
        string host = string.Concat(server.DnsSafeHost.Select(character => char.IsAsciiLetterOrDigit(character) || character is '.' ? character : '-'));
        return new ClientIdentity(System.IO.Path.Combine(UserState.Require(), "tessera", "client", $"{host}-{server.Port}.pem"));
    }

    /// <exception cref="CommandException">There is none, it is not private, or it is something else.</exception>
    public X509Certificate2 Read()
    {
        if (!Exists)
        {
            throw new CommandException(ExitCode.Usage, $"There is no client certificate {Path}.", "Name a token by --token-file, or get a certificate: tessera enrol wss://SERVER:PORT --token-file FILE");
        }

        if ((File.GetUnixFileMode(Path) & PrivateFile.OthersRights) != UnixFileMode.None)
        {
            throw new CommandException(ExitCode.Usage, $"The private key in {Path} is not private: others have rights to it.", $"chmod go= {Path}");
        }

        try
        {
            return X509Certificate2.CreateFromPemFile(Path, Path);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new CommandException(ExitCode.Usage, $"{Path} is not a certificate with its key: {fault.Message}", "Enrol anew, with a new token.", fault);
        }
    }

    /// <summary>The key to get a certificate for: a new one, or that of an attempt whose answer never came, because its token may have been spent on it.</summary>
    public ECDsa PrepareKey()
    {
        string waiting = Path + Waiting;
        if (System.IO.Path.GetDirectoryName(System.IO.Path.GetFullPath(Path)) is { } directory)
        {
            Directory.CreateDirectory(directory, UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        }

        if (!File.Exists(waiting))
        {
            using ECDsa made = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            PrivateFile.Keep(waiting, $"{made.ExportPkcs8PrivateKeyPem()}\n");
        }

        var key = ECDsa.Create();
        try
        {
            key.ImportFromPem(File.ReadAllText(waiting));
            return key;
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            key.Dispose();
            throw new CommandException(ExitCode.Usage, $"{waiting} is no private key.", "Remove it, and enrol with a new token.", fault);
        }
    }

    /// <summary>Keeps a certificate with its key, in the place of what was there.</summary>
    public void Keep(string certificate, ECDsa key)
    {
        PrivateFile.Replace(Path, $"{certificate.Trim()}\n{key.ExportPkcs8PrivateKeyPem()}\n");
        File.Delete(Path + Waiting);
    }

    /// <summary>The server does not make a certificate for the key, and never will.</summary>
    public void DropKey() => File.Delete(Path + Waiting);
}
