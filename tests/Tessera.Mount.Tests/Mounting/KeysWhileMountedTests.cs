using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>Passphrases come and go while the volume is in use.</summary>
public sealed class KeysWhileMountedTests
{
    [Fact]
    public async Task Passphrases_are_added_changed_and_removed_beneath_a_mount_that_goes_on()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string file = Path.Combine(volume.Path, "file");
        Syscall.WriteFile(file, "before"u8);
        string second = Secret(volume, "second");
        string third = Secret(volume, "third");

        Key(volume, "add", volume.PassphraseFile, "--new-passphrase-file", second, "--key-memory", "8M");
        Key(volume, "change", second, "--new-passphrase-file", third, "--key-memory", "8M");
        Key(volume, "remove", third, "0");
        Syscall.WriteFile(file, "after"u8);

        volume.Unmount();
        volume.TryMount().ExitCode.ShouldNotBe(0, "the first passphrase was removed");
        TesseraCommand.Do("mount", volume.Volume, volume.Path, "--passphrase-file", third);
        volume.Adopt();
        File.ReadAllText(file).ShouldBe("after");
        volume.Unmount();
        TesseraCommand.Do("fsck", volume.Volume, "--passphrase-file", third);
    }

    [Fact]
    public async Task Changes_at_the_same_moment_are_all_there_or_told_to_try_again()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string[] secrets = [.. Enumerable.Range(0, 4).Select(i => Secret(volume, $"secret{i}"))];

        ProgramResult[] results = await Task.WhenAll(secrets.Select(secret => Task.Run(() => TesseraCommand.Run(
            "key", "add", volume.Volume, "--passphrase-file", volume.PassphraseFile, "--new-passphrase-file", secret, "--key-memory", "8M"))));

        foreach ((string secret, ProgramResult result) in secrets.Zip(results))
        {
            int opens = TesseraCommand.Run("key", "remove", volume.Volume, "99", "--passphrase-file", secret).ExitCode;
            if (result.ExitCode == 0)
            {
                opens.ShouldBe(2, $"no such slot, but the passphrase opens: {result}");
            }
            else
            {
                result.Error.ShouldContain("Try again");
                opens.ShouldNotBe(2);
            }
        }

        results.ShouldContain(result => result.ExitCode == 0);
        volume.Check();
    }

    private static void Key(TestVolume volume, string verb, string passphrase, params string[] more) =>
        TesseraCommand.Do(["key", verb, volume.Volume, .. verb == "remove" ? more : [], "--passphrase-file", passphrase, .. verb == "remove" ? [] : more]);

    private static string Secret(TestVolume volume, string name)
    {
        string path = Path.Combine(volume.Scratch, name);
        File.WriteAllText(path, $"the passphrase called {name}\n");
        return path;
    }
}
