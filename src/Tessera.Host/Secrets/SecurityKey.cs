using System.Security.Cryptography;
using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>The security keys that are at hand, asked through the tools of libfido2. Its PIN is asked for when the first slot needs it, and kept until disposed.</summary>
/// <remarks>Whatever a key refuses ends the command: a wrong PIN that was tried on each of several slots would block the key.</remarks>
internal sealed class SecurityKey(Fido2Source source) : IFido2Key, IDisposable
{
    /// <summary>Bytes of a PIN (CTAP 2.1, section 6.5.1: 4 characters to 63 bytes).</summary>
    private const int LeastPin = 4;
    private const int MostPin = 63;

    private readonly Fido2Tools tools = new();
    private SecretInput? pin;
    private string[]? devices;

    /// <exception cref="CommandException">There is none, or several; it cannot do this, or refused; no fido2-tools.</exception>
    public Fido2Credential Enrol()
    {
        string device = Devices switch
        {
            [{ } only] => only,
            [] => throw None(),
            _ => throw new CommandException(ExitCode.Usage, $"There are several security keys: {string.Join(", ", Devices)}.", "Name the one that is meant."),
        };
        (bool hasHmacSecret, bool hasPin) = tools.Describe(device);
        if (!hasHmacSecret)
        {
            throw new CommandException(ExitCode.Usage, $"The security key {device} cannot give secrets: it does not have the extension hmac-secret.");
        }

        // A key with a PIN makes credentials for who knows it only, whatever the slot shall take.
        byte[] id = tools.MakeCredential(device, hasPin ? Pin(device) : null);
        devices = [device];
        return new Fido2Credential(id, RandomNumberGenerator.GetBytes(Fido2Credential.SaltSize), hasPin && source.AsksPin, source.AsksTouch);
    }

    /// <exception cref="CommandException">A key refused, was not touched in time, or wants another PIN; no fido2-tools.</exception>
    public bool TryGetSecret(Fido2Credential credential, Span<byte> secret)
    {
        foreach (string device in Devices)
        {
            if (tools.MayHave(device, credential) && tools.TryAssert(device, credential, credential.NeedsPin ? Pin(device) : null, secret))
            {
                return true;
            }
        }

        return false;
    }

    public static CommandException None() =>
        new(ExitCode.WrongPassphrase, "No security key is plugged in, or this user may not use it.", "'fido2-token -L' lists them. Without one, another key slot or the recovery code opens the volume.");

    /// <summary>Whether there is any.</summary>
    public bool IsThere => Devices.Length > 0;

    public void Dispose()
    {
        pin?.Dispose();
        tools.Dispose();
    }

    private string[] Devices => devices ??= source.Device == Fido2Source.Auto ? tools.List() : [source.Device];

    private SecretInput Pin(string device)
    {
        if (pin is null)
        {
            SecretInput read = PassphraseReader.ReadPin(source.PinFile, $"PIN of the security key {device}");
            read.CutAt((byte)'\n');
            read.CutAt((byte)'\r');
            if (read.Length is < LeastPin or > MostPin || read.Bytes.Contains((byte)0) || !read.TryAppend("\n"u8))
            {
                read.Dispose();
                throw new CommandException(ExitCode.Usage, $"A PIN has {LeastPin} to {MostPin} bytes.", "The key was not asked: that would have been a wrong try.");
            }

            pin = read;
        }

        return pin;
    }
}
