using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>import and export by the shipped command, as seen through a mount.</summary>
public sealed class ImportTests
{
    [Fact]
    public async Task What_was_imported_is_seen_through_a_mount_and_a_mounted_volume_takes_and_gives_too()
    {
        await using TestVolume volume = TestVolume.Create();
        string tree = Path.Combine(volume.Scratch, "tree");
        string more = Path.Combine(volume.Scratch, "more");
        string outside = Path.Combine(volume.Scratch, "out");
        SampleTree.Create(tree, files: 200, seed: 31);
        Programs.Shell(volume.Scratch, "ln tree/odd/run.sh tree/odd/again; mkdir more; echo more > more/extra; chmod 750 more; touch -d '2011-11-11 11:11:11.123456789' more tree");

        TesseraCommand.Do("import", tree, volume.Volume, "--passphrase-file", volume.PassphraseFile);
        volume.Mount();
        Programs.Run(volume.Scratch, "rsync", "-aHAXn", "--itemize-changes", "--checksum", "--delete", "tree/", "mnt/").ShouldBe(string.Empty);

        TesseraCommand.Do("import", more, volume.Volume);
        TesseraCommand.Do("export", volume.Path, outside);

        Programs.Run(volume.Scratch, "rsync", "-aHAXn", "--itemize-changes", "--checksum", "--delete", "mnt/", "out/").ShouldBe(string.Empty);
        File.ReadAllText(Path.Combine(outside, "extra")).ShouldBe("more\n");
        volume.Check();
    }
}
