using System.Globalization;
using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>What a hostile writer who has the key can put into a volume: the shipped command says so, ends, and repairs it.</summary>
public sealed class ForgedVolumeTests
{
    private const int DamagedCode = 5;
    private static readonly TimeSpan s_limit = TimeSpan.FromSeconds(30);

    [Fact]
    public async Task A_directory_below_itself_and_unknown_records_are_told_and_repaired()
    {
        await using TestVolume volume = Made("mkdir -p outer/inner && echo kept > outer/inner/file && echo other > other");
        ulong outer = InodeOf(volume, "outer"), inner = InodeOf(volume, "outer/inner");
        volume.Unmount();
        await using (var forged = new ForgedVolume(volume))
        {
            (byte[] key, byte[] value) = await forged.EntryAsync("outer");
            forged.Delete(key);
            forged.Put(ForgedVolume.InDirectory(key, inner), value);
            forged.Put([0x99, 1, 2, 3], [4]);
        }

        Codes(Fsck(volume), "findings").ShouldBeSubsetOf(["directory-cycle", "key-unknown", "parent-wrong", "entry-count-wrong", "link-count-wrong"]);
        Codes(Fsck(volume), "findings").ShouldContain("directory-cycle");
        JsonElement repaired = Fsck(volume, "--repair");

        Codes(repaired.GetProperty("repair"), "losses").ShouldBe(["keys-removed", "name-removed", "name-lost"], ignoreOrder: true);
        repaired.GetProperty("clean").GetBoolean().ShouldBeTrue();
        volume.Mount();
        File.ReadAllText($"{volume.Path}/lost+found/#{outer}/inner/file").ShouldBe("kept\n");
        Directory.GetFileSystemEntries($"{volume.Path}/lost+found/#{outer}/inner").ShouldHaveSingleItem();
        volume.Check();
    }

    [Fact]
    public async Task More_names_at_one_position_than_can_be_told_apart_fail_the_listing_and_nothing_else()
    {
        await using TestVolume volume = Made("mkdir full && echo kept > full/file && echo other > other");
        volume.Unmount();
        await using (var forged = new ForgedVolume(volume))
        {
            (byte[] key, byte[] value) = await forged.EntryAsync("file");
            for (int number = 0; number < 2_000; number++)
            {
                forged.Put(ForgedVolume.WithName(key, $"forged-{number}"), value);
            }
        }

        volume.Mount();
        ProgramResult listing = Programs.TryRun(new ProgramStart("ls", $"{volume.Path}/full") { Limit = s_limit });
        listing.ExitCode.ShouldNotBe(0);
        listing.Error.ShouldContain("Input/output error");
        File.ReadAllText($"{volume.Path}/other").ShouldBe("other\n");
        File.ReadAllText($"{volume.Path}/full/file").ShouldBe("kept\n");
        volume.Unmount();

        Fsck(volume, "--repair").GetProperty("clean").GetBoolean().ShouldBeTrue();
        volume.Mount();
        Directory.GetFileSystemEntries($"{volume.Path}/full").ShouldHaveSingleItem();
        File.ReadAllText($"{volume.Path}/full/file").ShouldBe("kept\n");
        volume.Expect("request_failed");
        volume.Check();
    }

    /// <summary>A mounted volume of profile plain, whose key everybody has, after a line of shell in it.</summary>
    private static TestVolume Made(string line)
    {
        TestVolume volume = TestVolume.CreatePlain();
        volume.Mount();
        Programs.Shell(volume.Path, line);
        return volume;
    }

    private static ulong InodeOf(TestVolume volume, string path) =>
        ulong.Parse(Programs.Run(volume.Path, "stat", "-c", "%i", path), CultureInfo.InvariantCulture);

    private static JsonElement Fsck(TestVolume volume, params string[] options)
    {
        ProgramResult result = TesseraCommand.Run(["fsck", "--json", volume.Volume, "--passphrase-file", volume.PassphraseFile, .. options]);
        result.ExitCode.ShouldBeOneOf(0, DamagedCode);
        return JsonDocument.Parse(result.Output).RootElement;
    }

    private static List<string> Codes(JsonElement of, string list) =>
        [.. of.GetProperty(list).EnumerateArray().Select(one => one.GetProperty("code").GetString()!)];
}
