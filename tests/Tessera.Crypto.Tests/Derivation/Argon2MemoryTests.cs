using System.Globalization;

namespace Tessera.Crypto.Tests.Derivation;

/// <summary>Measures the whole process, so no other test may run beside it.</summary>
[CollectionDefinition(nameof(Argon2MemoryTests), DisableParallelization = true)]
[Collection(nameof(Argon2MemoryTests))]
public sealed class Argon2MemoryTests
{
    [Fact]
    public void FromPassphrase_gives_its_memory_back_to_the_system()
    {
        const int memoryKiB = 192 * 1024;
        Derive(Argon2Parameters.MinMemoryKiB);
        long before = ProcessStatusKiB("VmRSS:");

        Derive(memoryKiB);

        ProcessStatusKiB("VmHWM:").ShouldBeGreaterThan(memoryKiB, "the derivation really used its memory");
        (ProcessStatusKiB("VmRSS:") - before).ShouldBeLessThan(memoryKiB / 8);
    }

    private static void Derive(int memoryKiB)
    {
        using Passphrase passphrase = Passphrase.FromBytes("secret"u8);
        KeyDerivation.FromPassphrase(passphrase, new byte[32], new Argon2Parameters(memoryKiB, 1, 2), new byte[32]);
    }

    private static long ProcessStatusKiB(string field) => long.Parse(
        File.ReadLines("/proc/self/status").First(l => l.StartsWith(field, StringComparison.Ordinal))[field.Length..^" kB".Length],
        NumberStyles.AllowLeadingWhite,
        CultureInfo.InvariantCulture);
}
