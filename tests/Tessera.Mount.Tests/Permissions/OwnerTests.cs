using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Permissions;

/// <summary>Mounts that show other owners than the volume has.</summary>
public sealed class OwnerTests
{
    private const int UsageCode = 2;

    [Fact]
    public async Task With_uid_and_gid_all_files_are_shown_as_theirs_and_kept_as_they_were()
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount("-o", "allow_other");
        Programs.Shell(volume.Path, "mkdir d; echo a > d/a; chown 1234:1234 d d/a; chmod 600 d/a");
        volume.Unmount();
        volume.Mount("-o", "allow_other,uid=1000,gid=100");

        Programs.Shell(volume.Path, "stat -c %u:%g . d d/a").ShouldBe("1000:100\n1000:100\n1000:100\n");
        Programs.Shell(volume.Path, "ls -ln d | tail -1 | tr -s ' ' | cut -d' ' -f3,4").ShouldBe("1000 100\n");
        Programs.Shell(volume.Path, "setpriv --reuid 1000 --regid 100 --clear-groups sh -c 'cat d/a && echo b >> d/a && touch d/new && chown 1000 d/a'").ShouldBe("a\n");
        Programs.Shell(volume.Path, "setpriv --reuid 1234 --regid 1234 --clear-groups cat d/a 2>&1 || true").ShouldContain("Permission denied");
        Programs.Shell(volume.Path, "chown 5 d/a 2>&1 || true").ShouldContain("Operation not permitted");

        volume.Unmount();
        volume.Mount("-o", "allow_other");
        Programs.Shell(volume.Path, "stat -c %u:%g d d/a d/new").ShouldBe("1234:1234\n1234:1234\n1000:100\n");
        volume.Check();
    }

    [Theory]
    [InlineData("uid=root")]
    [InlineData("gid=-1")]
    [InlineData("uid=4294967295")]
    [InlineData("uid=")]
    [InlineData("gid")]
    public async Task What_is_no_number_of_a_user_is_refused(string option)
    {
        await using TestVolume volume = TestVolume.Create();
        volume.TryMount("-o", option).ExitCode.ShouldBe(UsageCode);
    }

    [Fact]
    public async Task An_id_mapped_mount_shows_shifted_owners_and_keeps_what_is_made_through_it_unshifted()
    {
        await using TestVolume volume = TestVolume.Create();
        volume.Mount("-o", "allow_other,idmap");
        string shown = Path.Combine(volume.Scratch, "shown");
        Directory.CreateDirectory(shown);
        Programs.Shell(volume.Path, "mkdir d; chown 1000:1000 d");
        using (IdMapping.Create(volume.Path, shown, shift: 100_000))
        {
            Programs.Shell(shown, "stat -c %u:%g d").ShouldBe("101000:101000\n");
            const string Work = "echo x > d/f && chmod 640 d/f && mkdir d/e && mv d/f d/e/f && echo y >> d/e/f && setfacl -m u:101001:r d/e/f && touch -d 2001-01-01 d/e/f";
            Programs.Shell(shown, $"setpriv --reuid 101000 --regid 101000 --clear-groups sh -c '{Work}'");
            Programs.Shell(shown, "setpriv --reuid 101001 --regid 101001 --clear-groups touch d/g 2>&1 || true").ShouldContain("Permission denied");
            Programs.Shell(shown, "setpriv --reuid 1000 --regid 1000 --clear-groups touch d/g 2>&1 || true").ShouldContain("Value too large");
            Programs.Shell(shown, "setpriv --reuid 101001 --regid 101001 --clear-groups cat d/e/f").ShouldBe("x\ny\n");
        }

        Programs.Shell(volume.Path, "stat -c %u:%g:%a d/e d/e/f").ShouldBe("1000:1000:755\n1000:1000:640\n");
        Programs.Shell(volume.Path, "getfacl -n d/e/f").ShouldContain("user:1001:r--");
        volume.Check();
    }
}
