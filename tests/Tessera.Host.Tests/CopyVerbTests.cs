using System.Diagnostics;
using System.Text.Json;

namespace Tessera.Host.Tests;

/// <summary>import and export of volumes that are not mounted: what arrives, options, errors, exit codes.</summary>
public sealed class CopyVerbTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-import-").FullName;

    public CopyVerbTests()
    {
        File.WriteAllText(At("passphrase"), "the right one");
        Directory.CreateDirectory(At("tree"));
        Init("vault");
    }

    public void Dispose() => Shell("rm -rf tree out; cd ..; rm -rf " + _directory); // .NET cannot name what is not UTF-8.

    /// <summary>rsync(1), which cannot share a bug with us, finds no difference: contents, modes, owners, times, links, lists, attributes, devices.</summary>
    [Fact]
    public void What_went_in_and_came_out_is_the_same_to_rsync()
    {
        Shell("""
            cd tree; mkdir -p a/b 'ro dir'; head -c 3000000 /dev/urandom > a/big; echo hi > a/small; ln a/small a/b/again; ln a/small again
            ln -s ../nowhere a/sym; ln -P a/sym a/sym2; mkfifo a/fifo; : > empty; printf n > "$(printf 'bad\377\nname')"
            truncate -s 50M a/sparse; printf x | dd of=a/sparse bs=1 seek=20000000 conv=notrunc status=none; truncate -s 1G a/hole
            setfacl -m u:1234:rwx a/small; setfacl -d -m u:77:rwx a/b; setfattr -n user.k -v v a/big; setfattr -n user.d -v 1 'ro dir'
            test "$(id -u)" != 0 || { mknod a/null c 1 3; chown 1001:1002 a/big; chown -h 1003:1004 a/sym; setfattr -n trusted.t -v 1 a/b; }
            chmod 4755 a/big; touch -d '1999-01-02 03:04:05.123456789' a/big a; touch -h -d '2001-01-02 03:04:05.987654321' a/sym
            chmod 1777 a; chmod 555 'ro dir'; touch -d '2010-01-01 00:00:00.5' .
            """);

        Copy("import", At("tree"), At("vault")).ExitCode.ShouldBe(0);
        Copy("export", At("vault"), At("out")).ExitCode.ShouldBe(0);

        Shell("rsync -aHAXn --itemize-changes --delete --checksum tree/ out/").ShouldBe(string.Empty);
        Shell("stat -c '%y %b %n' a/hole a/big . a", "tree").ShouldBe(Shell("stat -c '%y %b %n' a/hole a/big . a", "out"));
        Cli.Run("fsck", At("vault"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(0);
    }

    [Fact]
    public void A_second_run_copies_nothing_and_still_compares_everything()
    {
        File.WriteAllText(At("tree/file"), "content");
        Copy("import", At("tree"), At("vault")).ExitCode.ShouldBe(0);

        JsonElement facts = Facts(Copy("import", At("tree"), At("vault"), "--json"));

        facts.GetProperty("files").GetInt64().ShouldBe(0);
        facts.GetProperty("present").GetInt64().ShouldBe(1);
        facts.GetProperty("verified_bytes").GetInt64().ShouldBe("content".Length);
        facts.GetProperty("complete").GetBoolean().ShouldBeTrue();
    }

    [Fact]
    public void A_file_that_is_there_and_differs_is_left_alone_and_named_unless_it_is_to_be_replaced()
    {
        File.WriteAllText(At("tree/file"), "first");
        File.WriteAllText(At("tree/other"), "other");
        Copy("import", At("tree"), At("vault")).ExitCode.ShouldBe(0);
        File.WriteAllText(At("tree/file"), "second one");

        (int code, _, string error) = Copy("import", At("tree"), At("vault"));

        code.ShouldBe(1);
        error.ShouldContain("file is there already");
        Copy("export", At("vault"), At("before"), "--quiet");
        File.ReadAllText(At("before/file")).ShouldBe("first");
        Copy("import", At("tree"), At("vault"), "--replace").ExitCode.ShouldBe(0);
        Copy("export", At("vault"), At("after")).ExitCode.ShouldBe(0);
        File.ReadAllText(At("after/file")).ShouldBe("second one");
    }

    /// <summary>Killed wherever it is, again and again; what is there in the end is all of it.</summary>
    [Fact]
    public void Killed_imports_go_on_and_what_has_its_name_is_whole()
    {
        Shell("mkdir -p tree/d; for i in $(seq 40); do head -c 200000 /dev/urandom > tree/d/$i; ln tree/d/$i tree/l$i; done; head -c 10000000 /dev/urandom > tree/large");
        for (int round = 0; round < 3; round++)
        {
            KillWhile("copying");
            Cli.Run("fsck", At("vault"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(0);
        }

        KillWhile("verifying");
        Facts(Copy("import", At("tree"), At("vault"), "--json")).GetProperty("complete").GetBoolean().ShouldBeTrue();

        Copy("export", At("vault"), At("out")).ExitCode.ShouldBe(0);
        Shell("rsync -aHn --itemize-changes --delete --checksum tree/ out/").ShouldBe(string.Empty);
    }

    [Fact]
    public void A_volume_is_copied_into_one_of_another_profile()
    {
        File.WriteAllText(At("tree/file"), "content");
        File.WriteAllText(At("second"), "the second one");
        Copy("import", At("tree"), At("vault")).ExitCode.ShouldBe(0);
        Cli.Run("init", At("scattered"), "--profile", "scattered", "--size", "64M", "--passphrase-file", At("second"), "--key-memory", "8M").ExitCode.ShouldBe(0);

        (int code, _, string error) = Cli.Run(
            "import", At("vault"), At("scattered"), "--source-passphrase-file", At("passphrase"), "--passphrase-file", At("second"), "--key-memory", "8M");

        code.ShouldBe(0, error);
        Cli.Run("export", At("scattered"), At("out"), "--passphrase-file", At("second"), "--key-memory", "8M").ExitCode.ShouldBe(0);
        File.ReadAllText(At("out/file")).ShouldBe("content");
    }

    [Fact]
    public void A_full_volume_ends_the_import_with_its_code_and_the_name()
    {
        Shell("head -c 3000000 /dev/urandom > tree/a; head -c 70000000 /dev/urandom > tree/z");

        (int code, _, string error) = Copy("import", At("tree"), At("vault"));

        code.ShouldBe(10, error);
        error.ShouldContain("z cannot be written: No space left on device");
        Cli.Run("fsck", At("vault"), "--passphrase-file", At("passphrase")).ExitCode.ShouldBe(0);
        Copy("export", At("vault"), At("out")).ExitCode.ShouldBe(2, "the import was not finished");
    }

    [Fact]
    public void A_damaged_file_is_named_the_others_come_out_and_the_code_says_so()
    {
        byte[] content = new byte[2_000_000];
        new Random(3).NextBytes(content);
        Cli.Run("init", At("plain"), "--profile", "plain").ExitCode.ShouldBe(0);
        File.WriteAllBytes(At("tree/large"), content);
        File.WriteAllText(At("tree/small"), "small");
        Cli.Run("import", At("tree"), At("plain")).ExitCode.ShouldBe(0);
        byte[] volume = File.ReadAllBytes(At("plain"));
        int at = volume.AsSpan().IndexOf(content.AsSpan(1_000_000, 64));
        at.ShouldBeGreaterThan(0);
        volume[at] ^= 1;
        File.WriteAllBytes(At("plain"), volume);

        (int code, _, string error) = Cli.Run("export", At("plain"), At("out"));

        code.ShouldBe(5, error);
        error.ShouldContain("large cannot be read");
        File.Exists(At("out/large")).ShouldBeFalse("half a file has no name");
        File.ReadAllText(At("out/small")).ShouldBe("small");
    }

    [Fact]
    public void Wrong_usage_has_its_code()
    {
        Copy("import", At("none"), At("vault")).ExitCode.ShouldBe(4);
        Copy("import", At("tree"), At("tree")).ExitCode.ShouldBe(2, "a directory, and nothing is mounted there");
        Copy("import", _directory, At("vault")).ExitCode.ShouldBe(2, "the volume lies in it");
        Copy("export", At("vault"), At("passphrase")).ExitCode.ShouldBe(2, "no directory");
        Cli.Run("import", At("tree"), At("vault")).ExitCode.ShouldBe(2, "no terminal to ask for the passphrase on");
    }

    private void KillWhile(string doing)
    {
        var start = new ProcessStartInfo(Path.Combine(AppContext.BaseDirectory, "tessera"), ["import", At("tree"), At("vault"), "--json", "--passphrase-file", At("passphrase")])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        using Process import = Process.Start(start)!;
        while (import.StandardOutput.ReadLine() is { } line && !line.Contains($"\"{doing}\"", StringComparison.Ordinal))
        {
            // It tells of each pass as it begins.
        }

        import.Kill();
        import.WaitForExit();
    }

    private void Init(string name)
    {
        (int code, _, string error) = Cli.Run("init", At(name), "--size", "64M", "--passphrase-file", At("passphrase"), "--key-memory", "8M");
        code.ShouldBe(0, error);
    }

    private (int ExitCode, string Output, string Error) Copy(string verb, string from, string to, params string[] options) =>
        Cli.Run([verb, from, to, "--passphrase-file", At("passphrase"), .. options]);

    private static JsonElement Facts((int ExitCode, string Output, string Error) result)
    {
        result.ExitCode.ShouldBe(0, result.Error);
        return JsonDocument.Parse(result.Output.TrimEnd().Split('\n')[^1]).RootElement;
    }

    private string Shell(string commands, string below = ".")
    {
        using Process shell = Process.Start(new ProcessStartInfo("/bin/sh", ["-c", commands]) { WorkingDirectory = At(below), RedirectStandardOutput = true, UseShellExecute = false })!;
        string output = shell.StandardOutput.ReadToEnd();
        shell.WaitForExit();
        return output;
    }

    private string At(string name) => Path.Combine(_directory, name);
}
