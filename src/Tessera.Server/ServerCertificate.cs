using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using Tessera.Host.CommandLine;
using Tessera.Host.Sharing;

namespace Tessera.Server;

/// <summary>What the server shows to prove who it is: a certificate with its private key, and those that vouch for it.</summary>
internal sealed class ServerCertificate : IDisposable
{
    private const UnixFileMode OthersRights = UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    private ServerCertificate(X509Certificate2 leaf, X509Certificate2Collection chain)
    {
        Leaf = leaf;
        Chain = chain;
    }

    public X509Certificate2 Leaf { get; }

    public X509Certificate2Collection Chain { get; }

    public CertificateFingerprint Fingerprint => CertificateFingerprint.Of(Leaf);

    /// <summary>Null: the server was not told to speak TLS.</summary>
    /// <exception cref="CommandException">The files cannot be read, are none, or anybody may read the key.</exception>
    public static ServerCertificate? For(ServeOptions options)
    {
        CertificateFiles? files = options.Certificate;
        if (options.SelfSigned)
        {
            string made = SelfSignedCertificate.File();
            files = new CertificateFiles(made, made);
        }

        return files is null ? null : Read(files);
    }

    public void Dispose()
    {
        Leaf.Dispose();
        foreach (X509Certificate2 certificate in Chain)
        {
            certificate.Dispose();
        }
    }

    private static ServerCertificate Read(CertificateFiles files)
    {
        try
        {
            if ((File.GetUnixFileMode(files.Key) & OthersRights) != UnixFileMode.None)
            {
                throw new CommandException(ExitCode.Usage, $"The private key {files.Key} is not private: everybody has rights to it.", $"chmod o= {files.Key}");
            }

            X509Certificate2 leaf = X509Certificate2.CreateFromPemFile(files.Certificate, files.Key);
            var chain = new X509Certificate2Collection();
            chain.ImportFromPemFile(files.Certificate);
            return new ServerCertificate(leaf, chain);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Usage, $"The certificate cannot be read: {fault.Message}", advice: null, fault);
        }
        catch (Exception fault) when (fault is CryptographicException or ArgumentException)
        {
            throw new CommandException(
                ExitCode.Usage, $"{files.Certificate} and {files.Key} are not a certificate and its key: {fault.Message}", "Both are to be PEM, the key unencrypted.", fault);
        }
    }
}
