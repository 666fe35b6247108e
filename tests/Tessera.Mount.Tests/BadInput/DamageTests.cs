using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>Damage to data: never wrong bytes, always a name (docs/semantics.md, 8).</summary>
public sealed class DamageTests
{
    private const int LargeBytes = 20 << 20;

    [Theory]
    [InlineData("sealed")]
    [InlineData("scattered")]
    [InlineData("plain")]
    public async Task A_damaged_block_fails_its_read_with_EIO_and_a_log_line_and_the_mount_lives_on(string profile)
    {
        await using TestVolume volume = TestVolume.Create("--profile", profile, "--size", "256M");
        volume.Mount();
        Directory.CreateDirectory(Path.Combine(volume.Path, "folder"));
        File.WriteAllText(Path.Combine(volume.Path, "small"), "unharmed");
        volume.Unmount();
        string before = Path.Combine(volume.Scratch, "before");
        File.Copy(volume.Volume, before);

        volume.Mount();
        byte[] content = new byte[LargeBytes];
        new Random(1).NextBytes(content);
        string large = Path.Combine(volume.Path, "folder", "large");
        Syscall.WriteFile(large, content);
        volume.Unmount();
        Damage(profile, before, volume.Volume);

        volume.Mount();
        Programs.TryRun(new ProgramStart("sha256sum", large)).Error.ShouldContain("Input/output error");
        int wrong = 0;
        int failed = 0;
        using (FileStream file = new(large, FileMode.Open, FileAccess.Read, FileShare.Read, bufferSize: 0))
        {
            byte[] page = new byte[4096];
            for (int at = 0; at < LargeBytes; at += page.Length)
            {
                try
                {
                    RandomAccess.Read(file.SafeFileHandle, page, at);
                    wrong += page.AsSpan().SequenceEqual(content.AsSpan(at, page.Length)) ? 0 : 1;
                }
                catch (IOException)
                {
                    failed++;
                }
            }
        }

        wrong.ShouldBe(0);
        failed.ShouldBeInRange(1, 512, "one flipped bit costs at most what was read with it");
        volume.Log.ShouldContain(line => line.GetProperty("event").GetString() == "file_damaged"
            && line.GetProperty("path").GetString() == "/folder/large");
        File.ReadAllText(Path.Combine(volume.Path, "small")).ShouldBe("unharmed");
        Syscall.WriteFile(Path.Combine(volume.Path, "new"), [1, 2, 3]);
        Syscall.Unlink(large);
        volume.Unmount();
    }

    /// <summary>Where slots are scattered, the longest change is no sign of data: nearly all changed slots are, so some of them are hit.</summary>
    private static void Damage(string profile, string before, string volume)
    {
        IEnumerable<long> places = profile == "scattered"
            ? ContainerFile.SomeChanges(before, volume, count: 8)
            : [ContainerFile.MiddleOfLargestChange(before, volume)];
        foreach (long place in places)
        {
            ContainerFile.FlipBit(volume, place + 1000);
        }
    }
}
