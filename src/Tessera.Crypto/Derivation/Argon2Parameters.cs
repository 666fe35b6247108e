namespace Tessera.Crypto;

/// <summary>The cost of one Argon2id derivation (RFC 9106): what an attacker pays for each guess at a passphrase.</summary>
/// <param name="MemoryKiB">Memory in KiB.</param>
/// <param name="Passes">Passes over that memory.</param>
/// <param name="Lanes">Lanes, each filled by a thread of its own.</param>
public readonly record struct Argon2Parameters(int MemoryKiB, int Passes, int Lanes)
{
    public const int MinMemoryKiB = 8 * 1024;
    public const int MaxMemoryKiB = 4 * 1024 * 1024;
    public const int MinPasses = 1;
    public const int MaxPasses = 64;
    public const int MinLanes = 1;
    public const int MaxLanes = 16;

    /// <summary>
    /// Memory times passes, in KiB: about half a minute on one core. A hostile header within the other limits could else keep a
    /// machine busy for minutes per slot.
    /// </summary>
    public const long MaxWorkKiB = 32L * 1024 * 1024;

    /// <summary>256 MiB, 3 passes, up to 4 lanes: about half a second on two cores.</summary>
    public static Argon2Parameters Default { get; } = new(256 * 1024, 3, Math.Clamp(Environment.ProcessorCount, MinLanes, 4));

    /// <summary>Whether every value is within the limits; what a header says is checked with this before it is used.</summary>
    public bool IsWithinLimits =>
        MemoryKiB is >= MinMemoryKiB and <= MaxMemoryKiB
        && Passes is >= MinPasses and <= MaxPasses
        && Lanes is >= MinLanes and <= MaxLanes
        && (long)MemoryKiB * Passes <= MaxWorkKiB;
}
