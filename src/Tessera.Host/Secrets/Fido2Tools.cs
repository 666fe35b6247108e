using System.Buffers;
using System.Buffers.Text;
using System.ComponentModel;
using System.Security.Cryptography;
using System.Text;
using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Runs the command line tools of libfido2: fido2-token(1), fido2-cred(1) and fido2-assert(1), whose manual pages define what goes in and comes out.</summary>
/// <remarks>What is asked for goes in by a file of our own directory, and holds nothing secret; the PIN goes in by standard input, in a session without a terminal, because
/// the tools would ask that first; the secret comes by standard output.</remarks>
internal sealed class Fido2Tools : IDisposable
{
    /// <summary>Authenticators that are asked, of those plugged in.</summary>
    public const int MaxDevices = 8;

    /// <summary>The relying party of every credential: which volume it is for is nobody's to know.</summary>
    private const string RelyingParty = "tessera.volume";
    private const string UserName = "tessera";

    /// <summary>Longest output, bytes: a credential of the greatest length and an attestation's certificate take some 6,000.</summary>
    private const int MaxOutput = 32 * 1024;
    private const int ChallengeSize = 32;
    private const int UserIdSize = 32;

    /// <summary>The lines of fido2-cred -M and of fido2-assert -G that are needed, from 0.</summary>
    private const int IdLine = 4;
    private const int SecretLine = 4;

    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(20);

    /// <summary>How long somebody has to touch it; authenticators themselves give up after some 30 seconds.</summary>
    private static readonly TimeSpan s_touchPatience = TimeSpan.FromSeconds(40);

    private readonly string directory = Directory.CreateTempSubdirectory("tessera-fido2-").FullName;

    /// <summary>The authenticators that the system has, at most <see cref="MaxDevices"/>.</summary>
    public string[] List()
    {
        // "/dev/hidraw3: vendor=0x1050, product=0x0407 (Yubico YubiKey OTP+FIDO+CCID)": a path may have colons.
        return [.. Ask("fido2-token", "-L").Split('\n').Select(line => line.Split(": vendor=")[0]).Where(path => path.Length > 0).Take(MaxDevices)];
    }

    /// <summary>Whether it can do what is needed, and has a PIN.</summary>
    public (bool HasHmacSecret, bool HasPin) Describe(string device)
    {
        string[] lines = Ask("fido2-token", "-I", device).Split('\n');
        return (Words("extension strings: ").Contains("hmac-secret", StringComparer.Ordinal), Words("options: ").Contains("clientPin", StringComparer.Ordinal));

        string[] Words(string head) =>
            lines.FirstOrDefault(line => line.StartsWith(head, StringComparison.Ordinal)) is { } line ? line[head.Length..].Split(", ") : [];
    }

    /// <summary>Makes a credential for the extension hmac-secret; somebody has to touch the key.</summary>
    /// <param name="device">Which one.</param>
    /// <param name="pin">Its PIN; null when it has none.</param>
    /// <returns>The credential's id.</returns>
    public byte[] MakeCredential(string device, SecretInput? pin)
    {
        string parameters = WriteParameters([Challenge(), RelyingParty, UserName, Convert.ToBase64String(RandomNumberGenerator.GetBytes(UserIdSize))]);
        AskForTouch();
        byte[] output = GC.AllocateUninitializedArray<byte>(MaxOutput, pinned: true);
        string[] arguments = ["-M", "-h", .. pin is null ? ["-q"] : Array.Empty<string>(), "-i", parameters, device, "es256"];
        int read = Call("fido2-cred", arguments, pin, output, s_touchPatience);
        string[] lines = Encoding.ASCII.GetString(output, 0, read).Split('\n');
        byte[] id = new byte[Fido2Credential.MaxIdLength];
        return lines.Length > IdLine && Convert.TryFromBase64String(lines[IdLine], id, out int length) && length > 0
            ? id[..length]
            : throw new CommandException(ExitCode.Fault, "fido2-cred printed no credential that a key slot can hold.");
    }

    /// <summary>Whether a credential is one of the authenticator's: asked without a touch, so that nobody touches a key in vain.</summary>
    /// <returns>True, too, when it will not tell.</returns>
    public bool MayHave(string device, Fido2Credential credential)
    {
        string parameters = WriteParameters([Challenge(), RelyingParty, Convert.ToBase64String(credential.Id)]);
        ToolResult result = Execute("fido2-assert", ["-G", "-t", "up=false", "-i", parameters, device], default, default, s_patience);
        return !IsForeign(result.Errors);
    }

    /// <summary>Asks for the secret of a credential and a salt.</summary>
    /// <param name="device">Which authenticator.</param>
    /// <param name="credential">What the slot keeps of it.</param>
    /// <param name="pin">Its PIN; null when the slot takes none.</param>
    /// <param name="secret">Filled.</param>
    /// <returns>False when the credential is not one of this authenticator's.</returns>
    public bool TryAssert(string device, Fido2Credential credential, SecretInput? pin, Span<byte> secret)
    {
        string parameters = WriteParameters([Challenge(), RelyingParty, Convert.ToBase64String(credential.Id), Convert.ToBase64String(credential.Salt)]);
        if (credential.NeedsTouch)
        {
            AskForTouch();
        }

        byte[] output = GC.AllocateUninitializedArray<byte>(MaxOutput, pinned: true);
        try
        {
            string[] arguments = ["-G", "-h", "-t", credential.NeedsTouch ? "up=true" : "up=false", .. pin is null ? [] : new[] { "-t", "pin=true" }, "-i", parameters, device];
            int read = Call("fido2-assert", arguments, pin, output, s_touchPatience);
            return read > 0 && (TakeSecret(output.AsSpan(0, read), secret) ? true : throw new CommandException(ExitCode.Fault, "fido2-assert printed no secret."));
        }
        finally
        {
            CryptographicOperations.ZeroMemory(output);
        }
    }

    public void Dispose() => Directory.Delete(directory, recursive: true);

    private static void AskForTouch() => Console.Error.WriteLine($"Touch the security key now ({s_touchPatience.TotalSeconds:0} seconds).");

    private static string Challenge() => Convert.ToBase64String(RandomNumberGenerator.GetBytes(ChallengeSize));

    private static bool TakeSecret(Span<byte> output, Span<byte> secret)
    {
        int line = 0;
        foreach (Range range in ((ReadOnlySpan<byte>)output).Split((byte)'\n'))
        {
            if (line++ == SecretLine)
            {
                Span<byte> text = output[range];
                return Base64.DecodeFromUtf8InPlace(text, out int written) == OperationStatus.Done && written == secret.Length && text[..written].TryCopyTo(secret);
            }
        }

        return false;
    }

    private string WriteParameters(string[] lines)
    {
        string path = Path.Combine(directory, "parameters");
        File.WriteAllText(path, string.Join('\n', lines) + "\n");
        return path;
    }

    private static string Ask(string tool, params string[] arguments)
    {
        byte[] output = new byte[MaxOutput];
        return Encoding.UTF8.GetString(output, 0, Call(tool, arguments, pin: null, output, s_patience));
    }

    /// <summary>Bytes that it printed; 0 when the credential is not the authenticator's.</summary>
    private static int Call(string tool, string[] arguments, SecretInput? pin, Span<byte> output, TimeSpan patience)
    {
        ToolResult result = Execute(tool, arguments, pin, output, patience);
        return result.TimedOut ? throw new CommandException(ExitCode.WrongPassphrase, $"The security key was not touched within {patience.TotalSeconds:0} seconds, or does not answer.", NothingChanged)
            : result.PrintedMore ? throw new CommandException(ExitCode.Fault, $"{tool} printed more than it may.")
            : result.Succeeded ? result.Read
            : IsForeign(result.Errors) ? 0
            : throw Fault(tool, result.Errors);
    }

    private static ToolResult Execute(string tool, string[] arguments, SecretInput? pin, Span<byte> output, TimeSpan patience)
    {
        try
        {
            return pin is null
                ? ToolProcess.Run(tool, arguments, default, output, patience)
                : ToolProcess.Run("setsid", ["--wait", tool, .. arguments], pin.Bytes, output, patience);
        }
        catch (Win32Exception fault)
        {
            throw new CommandException(ExitCode.Fault, $"{tool} cannot be run: a security key needs fido2-tools.", "sudo apt-get install fido2-tools", fault);
        }
    }

    private static bool IsForeign(string errors) => Says(errors, "FIDO_ERR_NO_CREDENTIALS") || Says(errors, "FIDO_ERR_INVALID_CREDENTIAL");

    private const string NothingChanged = "Nothing was changed.";

    /// <summary>libfido2 says "fido2-assert: fido_dev_get_assert: FIDO_ERR_PIN_INVALID" (fido/err.h).</summary>
    private static CommandException Fault(string tool, string errors)
    {
        (string Sentence, string Advice)? known =
            Says(errors, "FIDO_ERR_PIN_INVALID") ? ("The PIN of the security key is wrong.", "It was tried once. A key blocks itself after eight wrong ones.")
            : Says(errors, "FIDO_ERR_PIN_AUTH_BLOCKED") ? ("The security key takes no PIN before it is plugged in anew: too many wrong ones.", NothingChanged)
            : Says(errors, "FIDO_ERR_PIN_BLOCKED") ? ("The security key has blocked itself: too many wrong PINs.", "Open the volume with another key slot or the recovery code.")
            : Says(errors, "FIDO_ERR_PIN_REQUIRED") || Says(errors, "FIDO_ERR_PIN_AUTH_INVALID") || Says(errors, "FIDO_ERR_PUAT_REQUIRED")
                ? ("The security key does not answer without its PIN.", NothingChanged)
            : Says(errors, "TIMEOUT") ? ("The security key was not touched in time.", NothingChanged)
            : Says(errors, "FIDO_ERR_OPERATION_DENIED") || Says(errors, "CANCEL") ? ("The security key, or who holds it, refused.", NothingChanged)
            : Says(errors, "FIDO_ERR_UNSUPPORTED_OPTION") || Says(errors, "FIDO_ERR_UP_REQUIRED")
                ? ("The security key gives its secret only when it is touched.", "Leave out --fido2-no-touch.")
            : null;
        return known is { } said
            ? new CommandException(ExitCode.WrongPassphrase, said.Sentence, said.Advice)
            : new CommandException(ExitCode.Fault, $"{tool} failed: {LastLine(errors)}", "Is that a security key, and may this user use it? 'fido2-token -L' lists them.");
    }

    private static bool Says(string errors, string word) => errors.Contains(word, StringComparison.Ordinal);

    private static string LastLine(string errors)
    {
        const int Longest = 200;
        string line = errors.Split('\n').LastOrDefault(said => said.Length > 0) ?? "it does not say why.";
        return line.Length <= Longest ? line : line[..Longest];
    }
}
