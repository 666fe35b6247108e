namespace Tessera.Mount.Tests.Harness;

/// <summary>The shipped command, as users run it: the launcher in the repository's root, in a process of its own.</summary>
internal static class TesseraCommand
{
    public static string Root { get; } = FindRoot();

    public static string Launcher { get; } = Path.Combine(Root, "tessera");

    /// <summary>Runs it without a terminal.</summary>
    public static ProgramResult Run(params string[] arguments) => Programs.TryRun(new ProgramStart(Launcher, arguments));

    /// <summary>Runs it, and it must succeed; its standard output.</summary>
    public static string Do(params string[] arguments)
    {
        ProgramResult result = Run(arguments);
        result.ExitCode.ShouldBe(0, result.ToString());
        return result.Output;
    }

    private static string FindRoot()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Tessera.slnx")))
        {
            directory = directory.Parent;
        }

        return directory?.FullName ?? throw new InvalidOperationException("The tests do not lie in the repository.");
    }
}
