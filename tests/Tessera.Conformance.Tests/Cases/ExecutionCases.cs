using System.Diagnostics;
using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Cases;

/// <summary>execve(2), and ETXTBSY: a program that runs is not written, and one that is written does not run.</summary>
internal static class ExecutionCases
{
    private const string Name = "program";

    [Clause("execve.2:runs", "A program on the file system runs.")]
    public static void Runs(Room room)
    {
        using Process program = Running(room);
        program.HasExited.ShouldBeFalse();
        program.Kill();
    }

    [Clause("open.2:ETXTBSY", "An executable image that is being executed, and write access was requested.")]
    public static void OpensRunning(Room room) => WhileRunning(room, () =>
    {
        Expect.Errno(Errno.ETXTBSY, () => room.Open(Name, OpenFlag.WriteOnly));
        Expect.Errno(Errno.ETXTBSY, () => room.Open(Name, OpenFlag.ReadWrite));
        Expect.Errno(Errno.ETXTBSY, () => room.Open(Name, OpenFlag.WriteOnly | OpenFlag.Truncate));
        room.Open(Name, OpenFlag.ReadOnly);
    });

    [Clause("truncate.2:ETXTBSY", "An executable file that is being executed.")]
    public static void TruncatesRunning(Room room) => WhileRunning(room, () => Expect.Errno(Errno.ETXTBSY, () => Kernel.Truncate(room[Name], 0)));

    [Clause("unlink.2:running", "A program that runs can be removed, and another can get its name.")]
    public static void ReplacesRunning(Room room) => WhileRunning(room, () =>
    {
        room.File("new", "x");
        Kernel.Rename(room["new"], room[Name]);
        Kernel.ReadFile(room[Name]).ShouldBe("x");
        Kernel.Unlink(room[Name]);
    });

    [Clause("execve.2:ETXTBSY", "The executable was open for writing by one or more processes.")]
    public static void RunsOpen(Room room)
    {
        Copy(room);
        using var other = new OtherProcess(); // Before the file is open: it would have it open too.
        int file = room.Open(Name, OpenFlag.WriteOnly);
        other.Do(Execution(room)).ShouldBe(Errno.ETXTBSY);
        Kernel.Close(file);
        other.Do(Execution(room)).ShouldBe(0);
    }

    [Clause("execve.2:EACCES", "Execute permission is denied for the file, also to root when nobody has it.")]
    public static void RunsUnexecutable(Room room)
    {
        Copy(room);
        Kernel.ChangeMode(room[Name], 0x1A4);
        using var other = new OtherProcess();
        other.Do(Execution(room)).ShouldBe(Errno.EACCES);
    }

    /// <summary>Runs the program in a child; the errno of execve(2), or how it ended.</summary>
    private static string Execution(Room room) => $"in_child(lambda: os.execv('{room[Name]}', ['true']))";

    private static void WhileRunning(Room room, Action action)
    {
        using Process program = Running(room);
        try
        {
            action();
            program.HasExited.ShouldBeFalse();
        }
        finally
        {
            program.Kill();
            program.WaitForExit();
        }
    }

    /// <summary>"cat", which runs until its input ends.</summary>
    private static Process Running(Room room)
    {
        Copy(room, "cat");
        return Programs.Start(new ProgramStart(room[Name]));
    }

    private static void Copy(Room room, string program = "true") =>
        Programs.Run("/", "install", "-m", "755", $"/bin/{program}", room[Name]);
}
