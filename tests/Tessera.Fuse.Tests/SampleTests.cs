using System.Diagnostics;

namespace Tessera.Fuse.Tests;

/// <summary>samples/MemoryMount as a person would run it.</summary>
[Collection(MountCollection.Name)]
public sealed class SampleTests
{
    private const int SigKill = 9;
    private const int SigTerm = 15;
    private const string Nobody = "65534";

    private static CancellationToken Cancelled => TestContext.Current.CancellationToken;

    [Fact]
    public async Task Files_directories_links_and_renames_work_with_ordinary_tools()
    {
        await using var sample = await SampleProcess.StartAsync();

        var output = await Shell(sample.Directory, """
            set -e
            echo hello > a; cat a; mkdir d; mv a d/b; ln -s d/b l; cat l
            echo more >> d/b; wc -l < l; truncate -s 3 d/b; cat l; echo
            echo other > c; mv c d/b; cat d/b; ls d; chmod 600 d/b; stat -c %a d/b
            ! rmdir d 2>/dev/null; rm -r d l; ls -A | wc -l
            i=0; while [ $i -lt 300 ]; do echo $i > n$i; i=$((i+1)); done; ls | wc -l; rm n*; ls | wc -l
            head -c 30000000 /dev/urandom > /dev/shm/tessera-fuse-big; cp /dev/shm/tessera-fuse-big big
            cmp /dev/shm/tessera-fuse-big big && echo same; rm /dev/shm/tessera-fuse-big
            """);

        output.ShouldBe("hello\nhello\n2\nhel\nother\nb\n600\n0\n300\n0\nsame\n");
    }

    [Fact]
    public async Task Terminated_daemon_detaches_and_ends_when_the_last_file_closes()
    {
        await using var sample = await SampleProcess.StartAsync();
        await File.WriteAllTextAsync(sample.At("kept"), "kept", Cancelled);
        await using var open = File.OpenRead(sample.At("kept"));

        sample.Signal(SigTerm);
        await MountTests.Eventually(() => !sample.IsMounted);
        RandomAccess.Read(open.SafeFileHandle, new byte[4], 0).ShouldBe(4);
        await open.DisposeAsync();

        (await sample.ExitCode()).ShouldBe(0);
    }

    [Fact]
    public async Task Killed_daemon_leaves_a_dead_mount_that_can_be_detached()
    {
        await using var sample = await SampleProcess.StartAsync();
        MountPoints.IsDead(sample.Directory).ShouldBeFalse();

        sample.Signal(SigKill);
        await sample.ExitCode();

        // The kernel closes a dead process's files a moment after it can be waited for.
        await MountTests.Eventually(() => MountPoints.IsDead(sample.Directory));
        Should.Throw<FuseMountException>(() => FuseMount.Mount(sample.Directory, new FlatFileSystem())).Error.ShouldBe(Errno.ENOTCONN);
        MountPoints.DetachDead(sample.Directory).ShouldBe(1);
        sample.IsMounted.ShouldBeFalse();
        MountPoints.DetachDead(sample.Directory).ShouldBe(0);
    }

    [Fact]
    public async Task Unprivileged_user_mounts_through_fusermount3()
    {
        TestMount.SkipWithoutFuse();
        Assert.SkipUnless(File.Exists("/usr/bin/fusermount3") && File.Exists("/usr/bin/setpriv"), "fusermount3 or setpriv is missing");
        var mode = File.GetUnixFileMode("/dev/fuse");
        File.SetUnixFileMode("/dev/fuse", (UnixFileMode)0x1B6);
        string[] asNobody = ["setpriv", $"--reuid={Nobody}", $"--regid={Nobody}", "--clear-groups", "env", "HOME=/tmp"];
        try
        {
            await using var sample = await SampleProcess.StartAsync(asNobody);

            var output = await Shell("/", $"cd {sample.Directory} && echo mine > f && cat f && stat -c %u f", asNobody);

            output.ShouldBe($"mine\n{Nobody}\n");
            MountTable.Find(sample.Directory)!.Type.ShouldBe("fuse.memory");
            sample.Signal(SigTerm);
            (await sample.ExitCode()).ShouldBe(0);
            sample.IsMounted.ShouldBeFalse();
        }
        finally
        {
            File.SetUnixFileMode("/dev/fuse", mode);
        }
    }

    [Fact]
    public void Sample_has_less_than_a_hundred_lines_of_code()
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "Tessera.slnx")))
            root = root.Parent;
        Assert.SkipWhen(root is null, "the sources are not here");

        Directory.EnumerateFiles(Path.Combine(root!.FullName, "samples/MemoryMount"), "*.cs")
            .SelectMany(File.ReadLines)
            .Select(static line => line.Trim().TrimEnd(')', ';'))
            .Count(static line => line is not ("" or "{" or "}") && !line.StartsWith("//", StringComparison.Ordinal))
            .ShouldBeLessThan(100);
    }

    private static async Task<string> Shell(string directory, string script, params string[] prefix)
    {
        string[] command = [.. prefix, "sh", "-c", script];
        using var shell = Process.Start(
            new ProcessStartInfo(command[0], command[1..]) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false, WorkingDirectory = directory })!;
        var errors = shell.StandardError.ReadToEndAsync(Cancelled);
        var output = await shell.StandardOutput.ReadToEndAsync(Cancelled).WaitAsync(TimeSpan.FromSeconds(60), Cancelled);
        await shell.WaitForExitAsync(Cancelled);
        shell.ExitCode.ShouldBe(0, await errors);
        return output;
    }
}
