using System.Globalization;

namespace Tessera.Crypto.Tests;

public sealed class SecretBytesTests
{
    [Fact]
    public void Span_after_construction_is_zero_and_writable()
    {
        using var secret = new SecretBytes(5000);
        secret.Span.Length.ShouldBe(5000);
        secret.Span.ToArray().ShouldAllBe(b => b == 0);
        secret.Span[4999] = 7;
        secret.Span[4999].ShouldBe((byte)7);
    }

    [Fact]
    public void Random_twice_differs()
    {
        using SecretBytes one = SecretBytes.Random(32);
        using SecretBytes two = SecretBytes.Random(32);
        one.FixedTimeEquals(two).ShouldBeFalse();
        using SecretBytes copy = SecretBytes.CopyOf(one.Span);
        one.FixedTimeEquals(copy).ShouldBeTrue();
        copy.Span[31] ^= 1;
        one.FixedTimeEquals(copy).ShouldBeFalse();
        using SecretBytes shorter = SecretBytes.CopyOf(one.Span[..31]);
        one.FixedTimeEquals(shorter).ShouldBeFalse();
    }

    [Fact]
    public void ToString_shows_the_length_only()
    {
        using SecretBytes secret = SecretBytes.CopyOf("hunter2"u8);
        secret.ToString().ShouldBe("SecretBytes(7)");
    }

    [Fact]
    public void Dispose_gives_the_memory_back()
    {
        var secret = new SecretBytes(32);
        secret.Dispose();
        secret.Dispose();
        Should.Throw<ObjectDisposedException>(() => secret.Span.Length);
    }

    // The kernel is the judge: the flags of the mapping that holds the secret (proc_pid_smaps(5)).
    [Fact]
    public unsafe void Memory_is_locked_and_left_out_of_core_dumps()
    {
        using var secret = new SecretBytes(32);
        fixed (byte* start = secret.Span)
        {
            string flags = FlagsOfMappingAt((ulong)start);
            flags.ShouldContain(" dd"); // VM_DONTDUMP
            flags.Contains(" lo", StringComparison.Ordinal).ShouldBe(secret.IsLocked); // VM_LOCKED
        }
    }

    [Theory]
    [InlineData(0)]
    [InlineData(-1)]
    [InlineData(SecretBytes.MaxLength + 1)]
    public void Constructor_length_beyond_limits_throws(int length) =>
        Should.Throw<ArgumentOutOfRangeException>(() => new SecretBytes(length));

    private static string FlagsOfMappingAt(ulong address)
    {
        bool inside = false;
        foreach (string line in File.ReadLines("/proc/self/smaps"))
        {
            string range = line.Split(' ')[0];
            int dash = range.IndexOf('-', StringComparison.Ordinal);
            if (dash > 0 && ulong.TryParse(range[..dash], NumberStyles.HexNumber, CultureInfo.InvariantCulture, out ulong first))
            {
                inside = first <= address && address < ulong.Parse(range[(dash + 1)..], NumberStyles.HexNumber, CultureInfo.InvariantCulture);
            }
            else if (inside && line.StartsWith("VmFlags:", StringComparison.Ordinal))
            {
                return line;
            }
        }

        return "no mapping";
    }
}
