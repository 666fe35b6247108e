using System.Globalization;

namespace Tessera.Mount.Tests.Harness;

/// <summary>Whether a file looks like nothing but random bytes.</summary>
internal static class NoiseCheck
{
    private const int Slot = 4096;

    /// <summary>Chi-square of 256 byte values in one slot: eight standard deviations above 255, in none of 24,576 random slots.</summary>
    private const double MostUnlike = 450;

    /// <summary>No slot whose byte values are uneven, none that begins or ends as another does, none that is not there.</summary>
    public static void ShouldBeNoise(string medium, long length)
    {
        byte[] bytes = File.ReadAllBytes(medium);
        bytes.LongLength.ShouldBe(length);
        long.Parse(Programs.Run("/", "stat", "-c", "%b", medium), CultureInfo.InvariantCulture).ShouldBeGreaterThanOrEqualTo(length / 512);
        var seen = new HashSet<UInt128>();
        int[] counts = new int[256];
        for (int at = 0; at < bytes.Length; at += Slot)
        {
            ReadOnlySpan<byte> slot = bytes.AsSpan(at, Slot);
            ChiSquare(slot, counts).ShouldBeLessThan(MostUnlike, $"byte values of the slot at {at}");
            seen.Add(BitConverter.ToUInt128(slot)).ShouldBeTrue($"the slot at {at} begins as another");
            seen.Add(BitConverter.ToUInt128(slot[^16..])).ShouldBeTrue($"the slot at {at} ends as another");
        }
    }

    private static double ChiSquare(ReadOnlySpan<byte> slot, int[] counts)
    {
        const double Expected = Slot / 256.0;
        Array.Clear(counts);
        foreach (byte value in slot)
        {
            counts[value]++;
        }

        return counts.Sum(count => (count - Expected) * (count - Expected) / Expected);
    }
}
