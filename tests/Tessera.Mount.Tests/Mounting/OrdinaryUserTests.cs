using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>The whole life of a volume without root, by way of fusermount3.</summary>
public sealed class OrdinaryUserTests
{
    private const string User = "65534";
    private const UnixFileMode All = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute
        | UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    private const UnixFileMode AllMayOpen = UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.GroupRead | UnixFileMode.GroupWrite
        | UnixFileMode.OtherRead | UnixFileMode.OtherWrite;

    [Fact]
    public async Task A_user_without_root_makes_mounts_uses_and_unmounts_a_volume_that_root_cannot_enter()
    {
        await using var place = new HostDirectory();
        File.SetUnixFileMode(place.Scratch, All);
        TesseraCommand.Do("--version"); // Built, if it was not.

        // The repository may lie where only root can go.
        Programs.Shell(place.Scratch, $"cp -rL {TesseraCommand.Root}/artifacts/tessera/current program && chmod -R a+rX program && mkdir home mnt && chown {User}:{User} home mnt");
        UnixFileMode before = File.GetUnixFileMode("/dev/fuse");
        File.SetUnixFileMode("/dev/fuse", before | AllMayOpen);
        try
        {
            AsUser(place, "! program/tessera mount home/nothing mnt; ! program/tessera mount home/nothing mnt --nonsense");

            // A daemon is started while the command line is read: it ends with the command that has nothing to serve.
            Programs.Shell(place.Scratch, $"for try in $(seq 100); do grep -ls '^Uid:[[:space:]]*{User}' /proc/[0-9]*/status | sed s/status$/cmdline/ | xargs -r grep -ls serve-mount || exit 0; sleep 0.1; done; exit 1");
            AsUser(place, "printf 'a passphrase' > home/passphrase; program/tessera mount --create home/vault mnt --passphrase-file home/passphrase");
            AsUser(place, "echo written > mnt/file; mkdir mnt/directory; mv mnt/file mnt/directory/; test \"$(cat mnt/directory/file)\" = written");
            AsUser(place, "test \"$(stat -c %u mnt/directory/file)\" = " + User);
            AsUser(place, "program/tessera info --json mnt; program/tessera backup mnt home/backups");

            // Nobody may look into a process that makes no core dump: its files in /proc are root's (proc(5)).
            AsUser(place, "pid=$(program/tessera info --json mnt | grep -o '\"pid\": [0-9]*' | grep -o '[0-9]*'); test \"$(stat -c %u /proc/$pid/maps)\" = 0; ! cat /proc/$pid/maps > maps");

            // The runtime's diagnostic port would read that memory for whoever asks, and load code.
            AsUser(place, "pid=$(program/tessera info --json mnt | grep -o '\"pid\": [0-9]*' | grep -o '[0-9]*'); ! ls \"${TMPDIR:-/tmp}\"/dotnet-diagnostic-$pid-*");
            Programs.TryRun(new ProgramStart("ls", Path.Combine(place.Scratch, "mnt"))).ExitCode.ShouldNotBe(0, "root went in");
            AsUser(place, "echo a secret > home/secret; chmod 640 home/secret; program/tessera lock home/secret --passphrase-file home/passphrase --key-memory 8M > home/code; ! grep -q 'a secret' home/secret");
            AsUser(place, "program/tessera unlock home/secret --passphrase-file home/passphrase; echo more >> home/secret; test \"$(stat -c %a:%u home/secret)\" = 640:" + User);
            AsUser(place, "program/tessera lock home/secret; program/tessera unlock home/secret --passphrase-file home/code; test \"$(cat home/secret)\" = $'a secret\\nmore'; program/tessera lock home/secret");
            AsUser(place, "program/tessera umount mnt; program/tessera fsck home/vault --passphrase-file home/passphrase");

            // Only a file's owner may read it without a trace in its times: others read it all the same.
            Programs.Shell(place.Scratch, "cp home/vault copy && chown 0:0 copy && chmod 644 copy");
            AsUser(place, "program/tessera fsck copy --passphrase-file home/passphrase; ! program/tessera mount copy mnt --passphrase-file home/passphrase");
        }
        finally
        {
            Programs.TryRun(new ProgramStart("umount", "-l", Path.Combine(place.Scratch, "mnt")));
            Programs.TryRun(new ProgramStart("umount", "-l", Path.Combine(place.Scratch, "home/secret")));
            File.SetUnixFileMode("/dev/fuse", before);
        }
    }

    private static void AsUser(HostDirectory place, string line) => Programs.Run(
        place.Scratch, "setpriv", "--reuid", User, "--regid", User, "--clear-groups", "env", $"HOME={place.Scratch}/home", "XDG_RUNTIME_DIR=", "XDG_STATE_HOME=", "bash", "-euc", line);
}
