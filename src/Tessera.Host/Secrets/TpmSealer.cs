using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Seals a device key to the TPM 2.0 that tpm2-tools find, and asks that TPM for it again.</summary>
/// <remarks>The key is a sealed data object (TPM 2.0 Library, part 1, "Sealed Data Objects") below the owner's primary key, which the TPM makes anew from its seed
/// each time. It crosses the bus to the TPM in an encrypted session that is salted with that primary key, so that who listens on the bus learns nothing.</remarks>
internal static class TpmSealer
{
    private const string Primary = "primary";
    private const string Session = "session";
    private const string Public = "public";
    private const string Private = "private";
    private const string Policy = "policy";
    private const string Sealed = "sealed";

    /// <summary>It never leaves this TPM, and wrong tries (there is nothing to guess) do not lock the TPM.</summary>
    private const string Attributes = "fixedtpm|fixedparent|noda|";

    /// <exception cref="CommandException">There is no TPM that can be used, or no tpm2-tools: exit 1.</exception>
    public static TpmKeyFile Seal(ReadOnlySpan<byte> key, TpmSealing sealing)
    {
        using var tools = new TpmTools();
        MakePrimary(tools);
        if (sealing.Pcrs is { } pcrs)
        {
            tools.Run("tpm2_startauthsession", "-S", tools.At(Session));
            tools.Run("tpm2_policypcr", "-Q", "-S", tools.At(Session), "-l", pcrs, "-L", tools.At(Policy));
            tools.EndSession(tools.At(Session));
        }

        StartSession(tools, "--hmac-session");
        string[] policy = sealing.Pcrs is null ? ["-a", $"{Attributes}userwithauth"] : ["-a", $"{Attributes}adminwithpolicy", "-L", tools.At(Policy)];
        tools.Give(
            key, "tpm2_create", ["-Q", "-C", tools.At(Primary), "-P", $"session:{tools.At(Session)}", "-i", "-", "-u", tools.At(Public), "-r", tools.At(Private), .. policy]);
        tools.EndSession(tools.At(Session));
        return new TpmKeyFile(sealing.Pcrs, File.ReadAllBytes(tools.At(Public)), File.ReadAllBytes(tools.At(Private)));
    }

    /// <summary>Fills <paramref name="key"/> with what was sealed.</summary>
    /// <exception cref="CommandException">As <see cref="Seal"/>; or this TPM did not seal it, or its registers have other values than they shall: exit 3.</exception>
    public static void Unseal(TpmKeyFile file, Span<byte> key)
    {
        using var tools = new TpmTools();
        MakePrimary(tools);
        File.WriteAllBytes(tools.At(Public), file.Public);
        File.WriteAllBytes(tools.At(Private), file.Private);
        if (!tools.TryRun("tpm2_load", "-Q", "-C", tools.At(Primary), "-u", tools.At(Public), "-r", tools.At(Private), "-c", tools.At(Sealed)))
        {
            throw new CommandException(ExitCode.WrongPassphrase, "The key file was sealed by another TPM, or this one was cleared.", Advice);
        }

        StartSession(tools, file.Pcrs is null ? "--hmac-session" : "--policy-session");
        if (file.Pcrs is not null)
        {
            tools.Run("tpm2_policypcr", "-Q", "-S", tools.At(Session), "-l", file.Pcrs);
        }

        int read = tools.Take(key, "tpm2_unseal", "-c", tools.At(Sealed), "-p", $"session:{tools.At(Session)}");
        tools.EndSession(tools.At(Session));
        if (read != DeviceKey.Size)
        {
            throw new CommandException(
                ExitCode.WrongPassphrase, file.Pcrs is null ? "The TPM does not give the key." : $"The TPM does not give the key: its registers {file.Pcrs} have other values than when it was sealed.", Advice);
        }
    }

    private const string Advice = "Open the volume with its recovery code, and seal a new key: tessera key change --mode device --new-key-file FILE --tpm.";

    /// <summary>The owner's storage primary of the elliptic curve template: the same key each time, until the TPM is cleared.</summary>
    private static void MakePrimary(TpmTools tools) => tools.Run("tpm2_createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc256", "-c", tools.At(Primary));

    private static void StartSession(TpmTools tools, string kind)
    {
        tools.Run("tpm2_startauthsession", "-S", tools.At(Session), kind, "-c", tools.At(Primary));
        tools.Run("tpm2_sessionconfig", "--enable-encrypt", "--enable-decrypt", tools.At(Session));
    }
}
