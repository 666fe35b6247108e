using System.Globalization;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>What is kept back, sent together or not asked for again, so that a long line is waited for less, is told and done as if it were not.</summary>
public sealed class LongLineTests
{
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(2);

    /// <summary>Eight pieces in no order, as assemblers write them, some over each other; each file is then renamed.</summary>
    private const string Scattered = """
        import os, random, sys
        draw = random.Random(1)
        for i in range(100):
            fd = os.open('f%d' % i, os.O_CREAT | os.O_EXCL | os.O_RDWR)
            model = bytearray()
            for j in range(8):
                at, size = draw.randrange(9000), draw.randrange(1, 900)
                bytes = draw.randbytes(size)
                model.extend(b'\0' * (at + size - len(model)))
                model[at:at + size] = bytes
                os.pwrite(fd, bytes, at)
            if i % 3 == 0:
                assert os.pread(fd, 20000, 0) == model, i
            os.close(fd)
            with open('f%d' % i, 'rb') as file:
                assert file.read() == model, i
            os.rename('f%d' % i, 'g%d' % i)
            with open(sys.argv[1] + '/g%d' % i, 'wb') as file:
                file.write(model)
            print(i, flush=True)
        """;

    [Fact]
    public async Task Files_that_are_written_in_pieces_are_whole_when_they_are_closed_though_the_connection_is_cut()
    {
        await using var workspace = new SharedWorkspace("--grace", "60");
        using var proxy = new CuttingProxy(workspace.Address);
        workspace.Share(proxy.Address);
        string models = Directory.CreateDirectory(Path.Combine(workspace.Scratch, "models")).FullName;

        using System.Diagnostics.Process program = Programs.Start(new ProgramStart("python3", "-c", Scattered, models) { Directory = workspace.Path });
        while (program.StandardOutput.ReadLine() is { } line)
        {
            int i = int.Parse(line, CultureInfo.InvariantCulture);
            string name = "g" + line;
            File.ReadAllBytes(Path.Combine(workspace.Source, name)).ShouldBe(File.ReadAllBytes(Path.Combine(models, name)), $"{name} was closed.");
            if (i % 20 == 10)
            {
                proxy.Cut();
            }
        }

        program.WaitForExit(Limit).ShouldBeTrue();
        program.ExitCode.ShouldBe(0, program.StandardError.ReadToEnd());
        Directory.GetFiles(workspace.Source).Length.ShouldBe(100);
        workspace.Text().ShouldContain("Connected again.");
        workspace.Check();
    }

    [Fact]
    public async Task A_piece_that_has_no_room_at_the_client_is_told_by_the_close()
    {
        await using var workspace = new SharedWorkspace();
        Programs.Run("/", "mount", "-t", "tmpfs", "-o", "size=64k", "tessera-test", workspace.Source);
        try
        {
            workspace.Share();
            string said = Programs.Run(
                workspace.Path,
                "python3",
                "-c",
                "import errno, os\nfd = os.open('f', os.O_CREAT | os.O_EXCL | os.O_WRONLY)\nfor at in (0, 200000, 100000):\n    os.pwrite(fd, b'x' * 30000, at)\n"
                + "try:\n    os.close(fd)\n    print('closed')\nexcept OSError as fault:\n    print(errno.errorcode[fault.errno])");

            said.Trim().ShouldBe("ENOSPC");
            Programs.Shell(workspace.Path, "rm f; echo small > g; test \"$(cat g)\" = small");
            workspace.Check();
        }
        finally
        {
            Programs.Run("/", "umount", "-l", workspace.Source);
        }
    }

    /// <summary>Directories that are in use for longer than is believed of them, with what tar(1) sets of them in the end.</summary>
    [Fact]
    public async Task A_tree_unpacked_over_a_long_line_is_as_it_was_packed()
    {
        await using var workspace = new SharedWorkspace();
        using var proxy = new CuttingProxy(workspace.Address) { Delay = TimeSpan.FromMilliseconds(25) };
        workspace.Share(proxy.Address);
        Programs.Shell(
            workspace.Scratch,
            "mkdir -p in/a/b in/c; for i in $(seq 30); do echo $i > in/a/b/$i; echo more $i > in/c/$i; chmod 640 in/c/$i; done; ln -s b in/a/link; chmod 750 in/a; chmod 711 in/a/b; "
            + "find in -exec touch -h -d @1000000 {} +; tar cf in.tar in");

        Programs.Shell(workspace.Path, "tar xf ../../in.tar; find in -printf '%p %y %m %s %T@\\n' | sort > ../../seen");

        Programs.Shell(
            workspace.Source,
            "find in -printf '%p %y %m %s %T@\\n' | sort | diff - ../seen; cd ..; find in -printf '%p %y %m %s %T@\\n' | sort | grep -v ' d ' > packed; grep -v ' d ' seen | diff packed -; "
            + "diff -r in shared/in; test \"$(stat -c '%a %Y' shared/in/a/b)\" = '711 1000000'; test \"$(stat -c '%a %Y' shared/in/a)\" = '750 1000000'");
        workspace.Check();
    }
}
