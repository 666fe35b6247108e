using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.BadInput;

/// <summary>Key slots of a while before, put back beneath a volume whose passphrase has been changed since (docs/threat-model.md, What is not).</summary>
public sealed class KeyReplayTests
{
    private const int WrongPassphrase = 3;

    [Fact]
    public async Task A_changed_passphrase_opens_again_only_when_both_copies_of_the_older_key_slots_are_put_back()
    {
        await using TestVolume volume = TestVolume.Create();
        string changed = Path.Combine(volume.Scratch, "changed");
        File.WriteAllText(changed, "another passphrase\n");
        byte[] older = File.ReadAllBytes(volume.Volume);
        TesseraCommand.Do("key", "change", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--new-passphrase-file", changed, "--key-memory", "8M");
        byte[] newer = File.ReadAllBytes(volume.Volume);

        for (int copy = 0; copy < 2; copy++)
        {
            File.WriteAllBytes(volume.Volume, newer);
            PutBack(volume.Volume, older, copy);
            Open(volume, volume.PassphraseFile).ExitCode.ShouldBe(WrongPassphrase, $"copy {copy} put back: the other is newer");
            Open(volume, changed).ExitCode.ShouldBe(0);
        }

        // Promised nowhere: the key that the older slots hold is the volume's still.
        File.WriteAllBytes(volume.Volume, newer);
        PutBack(volume.Volume, older, 0);
        PutBack(volume.Volume, older, 1);
        Open(volume, changed).ExitCode.ShouldBe(WrongPassphrase);
        Open(volume, volume.PassphraseFile).ExitCode.ShouldBe(0);
    }

    private static void PutBack(string path, byte[] older, int copy)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Write);
        file.Position = ContainerFile.Keys(copy);
        file.Write(older, (int)ContainerFile.Keys(copy), (int)ContainerFile.KeysLength);
    }

    private static ProgramResult Open(TestVolume volume, string passphrase) => TesseraCommand.Run("fsck", "--quick", volume.Volume, "--passphrase-file", passphrase);
}
