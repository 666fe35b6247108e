using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>A mount exported by Samba, used by its own client.</summary>
[Trait("Campaign", "export")]
public sealed class SambaTests
{
    private const int Seed = 99;

    [Fact]
    public async Task Files_go_in_and_out_are_listed_renamed_and_deleted_also_after_a_remount()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        string original = Path.Combine(volume.Scratch, "original");
        string back = Path.Combine(volume.Scratch, "back");
        byte[] content = new byte[CampaignSize.Of(32, 1024) << 20];
        new Random(Seed).NextBytes(content);
        await File.WriteAllBytesAsync(original, content, TestContext.Current.CancellationToken);

        await using SambaShare share = await SambaShare.StartAsync(volume.Path, volume.Scratch);
        share.Do("root", $"put {original} large; mkdir folder; put {original} folder/second; rename large folder/moved; setmode folder/moved +r");
        share.Do("root", "del folder/second; mkdir empty; rmdir empty");
        Directory.GetFileSystemEntries(volume.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
            .ShouldBe([Path.Combine(volume.Path, "folder"), Path.Combine(volume.Path, "folder/moved")]);

        volume.Remount("-o", "allow_other");
        share.Do("root", "ls folder/*").ShouldMatch($@"moved +AR +{content.Length} ");
        share.Do("root", $"get folder/moved {back}");
        File.ReadAllBytes(back).AsSpan().SequenceEqual(content).ShouldBeTrue();
        volume.Check();
    }

    [Fact]
    public async Task A_user_of_the_share_may_what_the_user_may()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        Programs.Shell(volume.Path, $"chmod 755 .; echo secret > secret; chmod 600 secret; mkdir open; chown {SambaShare.OrdinaryUser} open");
        string original = Path.Combine(volume.Scratch, "original");
        await File.WriteAllTextAsync(original, "mine", TestContext.Current.CancellationToken);

        await using SambaShare share = await SambaShare.StartAsync(volume.Path, volume.Scratch);
        share.Try(SambaShare.OrdinaryUser, $"get secret {volume.Scratch}/stolen").ToString().ShouldContain("NT_STATUS_ACCESS_DENIED");
        share.Try(SambaShare.OrdinaryUser, $"put {original} here").ToString().ShouldContain("NT_STATUS_ACCESS_DENIED");
        share.Do(SambaShare.OrdinaryUser, $"put {original} open/mine");
        Programs.Run(volume.Path, "stat", "-c", "%U", "open/mine").Trim().ShouldBe(SambaShare.OrdinaryUser);
        File.ReadAllText(Path.Combine(volume.Path, "open/mine")).ShouldBe("mine");
        volume.Check();
    }
}
