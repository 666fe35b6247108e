namespace Tessera.Crypto;

/// <summary>The machine has not enough free memory to derive a key with the parameters of a slot.</summary>
/// <remarks>Deriving with less would give another key, and choosing less for a new slot in silence would weaken it: so neither is done.</remarks>
public sealed class Argon2MemoryException : Exception
{
    internal Argon2MemoryException(int neededKiB, long availableKiB)
        : base($"Deriving the key from a passphrase needs {neededKiB / 1024} MiB of memory, but only {availableKiB / 1024} MiB are free. "
            + "Free some memory or raise the limit of this container or control group. A passphrase can be set with a smaller "
            + "Argon2 memory, but only by asking for it explicitly, because that makes guessing cheaper; a recovery code needs no memory.")
    {
        NeededKiB = neededKiB;
        AvailableKiB = availableKiB;
    }

    /// <summary>What the parameters ask for, in KiB.</summary>
    public int NeededKiB { get; }

    /// <summary>What the machine or the control group has left, in KiB.</summary>
    public long AvailableKiB { get; }
}
