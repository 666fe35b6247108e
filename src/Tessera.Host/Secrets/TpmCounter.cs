using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using Tessera.Container.Remembering;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Counters in the non-volatile memory of the TPM 2.0 that tpm2-tools find (TPM 2.0 Library, part 1, "NV Counters"): they count up only, and one that is made anew begins above all that
/// there ever were.</summary>
/// <remarks>Asked in a session that is salted with the owner's primary key, whose name the volume knows: what stands between cannot answer in the TPM's place. Nothing is run while a volume is bound to none.</remarks>
internal sealed class TpmCounter : IRollbackCounter
{
    private const string Primary = "primary";
    private const string PrimaryName = "primary.name";
    private const string Session = "session";
    private const string Value = "value";

    /// <summary>Handles that owners may give away (Registry of reserved TPM 2.0 handles, 2.2.2).</summary>
    private const int FirstHandle = 0x01800000;
    private const int LastHandle = 0x01BFFFFF;
    private const int Attempts = 4;
    private const int CounterSize = sizeof(ulong);

    public (byte[] Name, ulong Value) Create()
    {
        try
        {
            using var tools = new TpmTools();
            byte[] primary = MakePrimary(tools);
            string handle = Define(tools);
            byte[] name = [.. BitConverter.GetBytes(uint.Parse(handle.AsSpan(2), NumberStyles.HexNumber, CultureInfo.InvariantCulture)), .. primary];
            CountUp(tools, handle); // It has no value before.
            return (name, Read(tools, handle));
        }
        catch (CommandException fault)
        {
            throw new IOException($"No counter was made: {fault.Message}", fault);
        }
    }

    public string? TryRead(ReadOnlySpan<byte> name, out ulong value)
    {
        value = 0;
        try
        {
            using var tools = new TpmTools();
            if (name.Length <= sizeof(uint) || !name[sizeof(uint)..].SequenceEqual(MakePrimary(tools)))
            {
                return "this is another TPM than the one that has counted, or it was cleared.";
            }

            value = Read(tools, HandleOf(name));
            return null;
        }
        catch (CommandException fault)
        {
            return fault.Message;
        }
    }

    public void Increment(ReadOnlySpan<byte> name)
    {
        try
        {
            using var tools = new TpmTools();
            MakePrimary(tools);
            CountUp(tools, HandleOf(name));
        }
        catch (CommandException fault)
        {
            throw new IOException($"The opening of the volume was not counted: {fault.Message}", fault);
        }
    }

    public void Remove(ReadOnlySpan<byte> name)
    {
        try
        {
            using var tools = new TpmTools();
            if (name[sizeof(uint)..].SequenceEqual(MakePrimary(tools)))
            {
                tools.TryRun("tpm2_nvundefine", "-Q", "-C", "o", HandleOf(name));
            }
        }
        catch (CommandException)
        {
            // No TPM: nothing is left in it that could be given up.
        }
    }

    private static string HandleOf(ReadOnlySpan<byte> name) => string.Create(CultureInfo.InvariantCulture, $"0x{BinaryPrimitives.ReadUInt32LittleEndian(name):x8}");

    /// <summary>Makes the owner's primary key, the same each time until the TPM is cleared, and gives its name.</summary>
    private static byte[] MakePrimary(TpmTools tools)
    {
        tools.Run("tpm2_createprimary", "-Q", "-C", "o", "-g", "sha256", "-G", "ecc256", "-c", tools.At(Primary));
        tools.Run("tpm2_readpublic", "-Q", "-c", tools.At(Primary), "-n", tools.At(PrimaryName));
        return File.ReadAllBytes(tools.At(PrimaryName));
    }

    /// <summary>At a handle that nobody has.</summary>
    private static string Define(TpmTools tools)
    {
        for (int attempt = 1; ; attempt++)
        {
            string handle = string.Create(CultureInfo.InvariantCulture, $"0x{RandomNumberGenerator.GetInt32(FirstHandle, LastHandle + 1):x8}");
            string[] arguments = ["-Q", "-C", "o", "-s", "8", "-a", "nt=counter|authread|authwrite|no_da", handle];
            if (attempt < Attempts && tools.TryRun("tpm2_nvdefine", arguments))
            {
                return handle;
            }

            if (attempt == Attempts)
            {
                tools.Run("tpm2_nvdefine", arguments); // And says what is wrong.
                return handle;
            }
        }
    }

    private static ulong Read(TpmTools tools, string handle)
    {
        StartSession(tools);
        tools.Run("tpm2_nvread", "-C", handle, "-P", $"session:{tools.At(Session)}", "-s", "8", "-o", tools.At(Value), handle);
        tools.EndSession(tools.At(Session));
        byte[] value = File.ReadAllBytes(tools.At(Value));
        return value.Length == CounterSize ? BinaryPrimitives.ReadUInt64BigEndian(value) : throw new CommandException(ExitCode.Fault, "The TPM's counter has no value.");
    }

    private static void CountUp(TpmTools tools, string handle)
    {
        StartSession(tools);
        tools.Run("tpm2_nvincrement", "-Q", "-C", handle, "-P", $"session:{tools.At(Session)}", handle);
        tools.EndSession(tools.At(Session));
    }

    private static void StartSession(TpmTools tools)
    {
        tools.Run("tpm2_startauthsession", "-S", tools.At(Session), "--hmac-session", "-c", tools.At(Primary));
        tools.Run("tpm2_sessionconfig", "--enable-encrypt", "--enable-decrypt", tools.At(Session));
    }
}
