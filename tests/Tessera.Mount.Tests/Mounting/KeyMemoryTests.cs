using System.Globalization;
using System.Text;
using Tessera.Crypto;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>Where a daemon keeps the volume key: /proc/PID/mem is searched for its bytes.</summary>
public sealed class KeyMemoryTests
{
    private const int ChunkBytes = 1 << 20;

    [Fact]
    public async Task The_volume_key_lies_in_locked_pages_that_are_not_dumped_and_nowhere_else()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Syscall.WriteFile(Path.Combine(volume.Path, "file"), "content"u8);
        KeyHeader header = KeyBackup.Parse(TesseraCommand.Do("key", "export", volume.Volume));
        using Passphrase passphrase = Passphrase.FromBytes(await File.ReadAllBytesAsync(volume.PassphraseFile, TestContext.Current.CancellationToken));
        header.TryUnlock(passphrase, out SecretBytes? key, out _).ShouldBeTrue();
        byte[] secret = key.Span.ToArray();
        key.Dispose();

        List<string> holding = RegionsWith(volume.DaemonId, secret);

        RegionsWith(volume.DaemonId, Encoding.Unicode.GetBytes(volume.Path)).ShouldNotBeEmpty("a search that finds nothing proves nothing");
        holding.ShouldNotBeEmpty("the store keeps it for as long as the volume is open");
        foreach (string region in holding)
        {
            FlagsOf(volume.DaemonId, region).ShouldContain("lo", region);
            FlagsOf(volume.DaemonId, region).ShouldContain("dd", region);
        }

        RegionsWith(volume.DaemonId, "correct horse battery staple"u8.ToArray()).ShouldBeEmpty("the daemon is never told the passphrase");
        volume.Check();
    }

    [Fact]
    public async Task A_daemon_leaves_no_core_dump()
    {
        await using TestVolume volume = TestVolume.Mounted();

        string limit = File.ReadLines($"/proc/{volume.DaemonId}/limits").First(line => line.StartsWith("Max core file size", StringComparison.Ordinal));

        limit.Split(' ', StringSplitOptions.RemoveEmptyEntries)[4..6].ShouldBe(["0", "0"]);
        volume.Check();
    }

    /// <summary>The writable regions, as "start-end", in which the bytes are found.</summary>
    private static List<string> RegionsWith(int process, byte[] wanted)
    {
        var found = new List<string>();
        byte[] chunk = new byte[ChunkBytes];
        using FileStream memory = new($"/proc/{process}/mem", FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (string[] fields in File.ReadLines($"/proc/{process}/maps").Select(line => line.Split(' ')).Where(fields => fields[1].StartsWith("rw", StringComparison.Ordinal)).ToList())
        {
            long[] ends = [.. fields[0].Split('-').Select(number => long.Parse(number, NumberStyles.HexNumber, CultureInfo.InvariantCulture))];
            for (long at = ends[0]; at < ends[1]; at += ChunkBytes - wanted.Length)
            {
                if (TryRead(memory, at, chunk.AsSpan(0, (int)Math.Min(ChunkBytes, ends[1] - at)), out int length) && chunk.AsSpan(0, length).IndexOf(wanted) >= 0)
                {
                    found.Add(fields[0]);
                    break;
                }
            }
        }

        return found;
    }

    /// <summary>A region may be gone since it was listed.</summary>
    private static bool TryRead(FileStream memory, long address, Span<byte> destination, out int length)
    {
        try
        {
            length = RandomAccess.Read(memory.SafeFileHandle, destination, address);
            return length > 0;
        }
        catch (IOException)
        {
            length = 0;
            return false;
        }
    }

    private static string[] FlagsOf(int process, string region) => File.ReadLines($"/proc/{process}/smaps")
        .SkipWhile(line => !line.StartsWith(region, StringComparison.Ordinal))
        .First(line => line.StartsWith("VmFlags:", StringComparison.Ordinal))
        .Split(' ', StringSplitOptions.RemoveEmptyEntries);
}
