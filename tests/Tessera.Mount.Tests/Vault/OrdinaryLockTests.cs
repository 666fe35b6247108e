using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>Locks of users who are not root: in a mount of root's, whose control socket they cannot open; and in a mount of somebody else.</summary>
public sealed class OrdinaryLockTests
{
    private const string User = "65534";
    private const UnixFileMode AllMayOpen = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    [Fact]
    public async Task A_user_s_lock_in_root_s_mount_opens_with_the_volume_s_code_and_slows_its_user_down()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        Prepare(volume.Scratch);
        string code = TesseraCommand.Do("key", "recovery", volume.Volume, "--passphrase-file", volume.PassphraseFile).Trim();
        Programs.Shell(volume.Scratch, $"mkdir mnt/theirs home/shown && chown {User} mnt/theirs home/shown && printf %s {code} > home/code && chown {User} home/code");
        WithFuse(volume.Scratch, () =>
        {
            AsUser(volume.Scratch, "mkdir mnt/theirs/d; echo a secret > mnt/theirs/d/f; program/tessera lock mnt/theirs/d --passphrase-file home/passphrase --key-memory 8M > home/own 2> home/told; grep -q 'The recovery code of the volume that it lies in opens it, too' home/told");
            AsUser(volume.Scratch, "program/tessera unlock mnt/theirs/d --at home/shown --passphrase-file home/code; test \"$(cat home/shown/f)\" = 'a secret'; program/tessera lock mnt/theirs/d");
            AsUser(volume.Scratch, "echo wrong > home/wrong; for i in 1 2 3 4; do ! program/tessera unlock mnt/theirs/d --at home/shown --passphrase-file home/wrong 2> home/told; done; grep -q '3 wrong tries' home/told; test \"$(stat -c %a home/.local/state/tessera/tries)\" = 700");
        });
        volume.Check();
    }

    /// <summary>Whoever runs a mount could name a key of his own as its recovery key.</summary>
    [Fact]
    public async Task A_lock_in_another_user_s_mount_is_not_sealed_to_what_that_tells()
    {
        await using var place = new HostDirectory();
        Prepare(place.Scratch);
        WithFuse(place.Scratch, () => Programs.Run(
            place.Scratch,
            "unshare",
            "--mount",
            "bash",
            "-euc",
            $$"""
            echo user_allow_other > fuse.conf
            mount --bind fuse.conf /etc/fuse.conf
            as() { setpriv --reuid {{User}} --regid {{User}} --clear-groups env HOME={{place.Scratch}}/home XDG_RUNTIME_DIR= XDG_STATE_HOME= bash -euc "$1"; }
            as 'program/tessera mount --create home/vault mnt -o allow_other --passphrase-file home/passphrase; echo a secret > mnt/f; echo a secret > mnt/g; chmod 666 mnt/f'
            getfattr --absolute-names -n system.tessera.recovery mnt/f
            program/tessera lock mnt/f --passphrase-file home/passphrase --key-memory 8M 2> told || true
            cat told
            grep -q 'No other code opens it: the volume that it lies in is mounted by another user' told
            test "$(program/tessera key list mnt/f --json | grep -c '"kind"')" = 2
            as 'program/tessera lock mnt/g --passphrase-file home/passphrase --key-memory 8M'
            test "$(program/tessera key list mnt/g --json | grep -c '"kind"')" = 3
            as 'program/tessera umount mnt'
            """));
    }

    /// <summary>The repository may lie where only root can go: the program is copied, and a home made.</summary>
    private static void Prepare(string scratch)
    {
        TesseraCommand.Do("--version"); // Built, if it was not.
        Programs.Shell(scratch, $"cp -rL {TesseraCommand.Root}/artifacts/tessera/current program && chmod -R a+rX program && chmod 755 . && mkdir -p home mnt && printf 'a passphrase' > home/passphrase && chown -R {User}:{User} home && {{ mountpoint -q mnt || chown {User} mnt; }}");
    }

    private static void WithFuse(string scratch, Action work)
    {
        UnixFileMode before = File.GetUnixFileMode("/dev/fuse");
        File.SetUnixFileMode("/dev/fuse", before | AllMayOpen);
        try
        {
            work();
        }
        finally
        {
            Programs.TryRun(new ProgramStart("umount", "-l", Path.Combine(scratch, "home/shown")));
            File.SetUnixFileMode("/dev/fuse", before);
        }
    }

    private static void AsUser(string scratch, string line) => Programs.Run(
        scratch, "setpriv", "--reuid", User, "--regid", User, "--clear-groups", "env", $"HOME={scratch}/home", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME=", "bash", "-euc", line);
}
