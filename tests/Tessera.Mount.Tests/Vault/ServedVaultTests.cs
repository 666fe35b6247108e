using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>What a mounted volume does beside its programs, a volume does that a server exports.</summary>
public sealed class ServedVaultTests
{
    private const int Usage = 2;
    private const int Slot = 4096;

    [Fact]
    public async Task A_rotation_goes_on_while_the_volume_is_exported()
    {
        await using var server = new ExportServer(",reseal=1G");
        string mount = server.Mount();
        string sums = Programs.Shell(mount, "for i in 1 2 3 4 5 6 7 8; do head -c 3M /dev/urandom > f$i; done; sync; sha256sum f*");
        TesseraCommand.Do("umount", mount);
        server.End().ShouldBe(0);
        TesseraCommand.Do("key", "rotate", "--in-background", server.Volume, "--passphrase-file", server.PassphraseFile);
        IsRotating(server).ShouldBeTrue();

        server.Start("127.0.0.1:0");
        mount = server.Mount();

        server.WaitFor(() => server.Text().Contains("reseal_ended", StringComparison.Ordinal), "The rotation does not end");
        Programs.Shell(mount, "sha256sum f*").ShouldBe(sums);
        server.Check();
        IsRotating(server).ShouldBeFalse();
    }

    /// <summary>By what somebody sees who compares the medium before and after.</summary>
    [Theory]
    [InlineData("decoys=0,reshuffle=0", 0)]
    [InlineData("decoys=3,reshuffle=0", 3)]
    public async Task A_scattered_volume_that_is_exported_has_as_many_decoys_as_were_asked_for(string options, int decoys)
    {
        const int Written = 1024;
        await using var server = new ExportServer(["--profile", "scattered", "--size", "128M"], [",key_memory=8M," + options]);
        string mount = server.Mount();
        Programs.Shell(mount, "touch f; sync");
        byte[] before = ReadAll(server);
        Programs.Shell(mount, $"head -c {Written * Slot} /dev/urandom > f; sync");
        byte[] after = ReadAll(server);
        int changed = Enumerable.Range(0, before.Length / Slot).Count(i => !before.AsSpan(i * Slot, Slot).SequenceEqual(after.AsSpan(i * Slot, Slot)));

        // A slot that was a decoy before a checkpoint may be one again after it.
        changed.ShouldBeInRange(Written * (1 + decoys) * 9 / 10, Written * (2 + decoys));
        string sum = Programs.Shell(mount, "sha256sum f");
        server.Check();
        string local = Directory.CreateDirectory(Path.Combine(server.Scratch, "local")).FullName;
        TesseraCommand.Do("mount", server.Volume, local, "-o", $"key_memory=8M,passphrase_file={server.PassphraseFile}");
        Programs.Shell(local, "sha256sum f").ShouldBe(sum);
        TesseraCommand.Do("umount", local);
    }

    [Fact]
    public async Task Options_of_scattered_volumes_are_refused_for_others()
    {
        await using var server = new ExportServer();
        server.End().ShouldBe(0);

        ProgramResult refused = TesseraCommand.Run(
            "serve", "--listen", "127.0.0.1:0", "--token-file", server.TokenFile, "--export", $"vol={server.Volume},passphrase_file={server.PassphraseFile},cover=1M");

        refused.ExitCode.ShouldBe(Usage, refused.ToString());
        refused.Error.ShouldContain("'cover' is for volumes of profile scattered");
    }

    /// <summary>By a copy: the server has locked it.</summary>
    private static byte[] ReadAll(ExportServer server)
    {
        string copy = Path.Combine(server.Scratch, "copy");
        Programs.Run(server.Scratch, "cp", server.Volume, copy);
        return File.ReadAllBytes(copy);
    }

    private static bool IsRotating(ExportServer server) =>
        JsonDocument.Parse(TesseraCommand.Do("info", "--json", server.Volume, "--passphrase-file", server.PassphraseFile)).RootElement.GetProperty("keys").GetProperty("rotating").GetBoolean();
}
