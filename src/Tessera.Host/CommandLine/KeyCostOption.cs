using System.CommandLine;
using Tessera.Crypto;

namespace Tessera.Host.CommandLine;

/// <summary>What each guess at a passphrase shall cost, or, of a scattered volume, costs.</summary>
internal static class KeyCostOption
{
    public const string Name = "--key-memory";

    public static Option<string?> Create() => new(Name)
    {
        Description = $"Memory that deriving a key from the new passphrase takes (default {Argon2Parameters.Default.MemoryKiB / 1024}M). Less makes guessing cheaper. A scattered volume has one for all its passphrases, and needs it again whenever it is opened.",
        HelpName = "SIZE",
    };

    /// <summary>For commands that make no passphrase.</summary>
    public static Option<string?> CreateForOpening() => new(Name)
    {
        Description = "Of a scattered volume that was made with it: the same value.",
        HelpName = "SIZE",
    };

    /// <exception cref="CommandException">Beyond the limits: exit 2.</exception>
    public static Argon2Parameters Parse(string? memory)
    {
        if (memory is null)
        {
            return Argon2Parameters.Default;
        }

        long kibibytes = ByteSize.Parse(memory) / 1024;
        Argon2Parameters parameters = Argon2Parameters.Default with { MemoryKiB = (int)Math.Min(kibibytes, int.MaxValue) };
        return parameters.IsWithinLimits
            ? parameters
            : throw new CommandException(
                ExitCode.Usage, $"The key memory is from {Argon2Parameters.MinMemoryKiB / 1024}M to {Argon2Parameters.MaxMemoryKiB / 1024 / 1024}G.");
    }
}
