using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>The security keys that are plugged in for one test, and the real tools of libfido2, which see them and write down how they were called.</summary>
internal sealed class KeyRing
{
    private static readonly string[] s_tools = ["fido2-assert", "fido2-cred", "fido2-token"];
    private readonly string directory;

    /// <param name="scratch">A directory of the test.</param>
    /// <param name="keys">What "fido2-token -L" lists, as it does for those on USB.</param>
    public KeyRing(string scratch, params SoftwareSecurityKey[] keys)
    {
        directory = Directory.CreateDirectory(Path.Combine(scratch, "tools-" + Guid.NewGuid().ToString("N"))).FullName;
        File.WriteAllText(Log, string.Empty);
        File.WriteAllLines(List, keys.Select(key => $"{key.Path}: vendor=0x1050, product=0x0407 (Software Security Key)"));
        foreach (string tool in s_tools)
        {
            string path = Path.Combine(directory, tool);
            File.WriteAllText(path, $$"""
                #!/bin/sh
                printf '%s\n' "{{tool}} $*" >>'{{Log}}'
                [ '{{tool}}' = fido2-token ] && [ "$*" = -L ] && exec cat '{{List}}'
                read -r process name state parent group session rest </proc/$$/stat
                # The leader of a session that opens a terminal, as the key in software is one, gets it as its own, and would ask there for the PIN.
                [ "$session" = $$ ] || exec /usr/bin/{{tool}} "$@"
                /usr/bin/{{tool}} "$@"
                exit $?

                """);
            File.SetUnixFileMode(path, UnixFileMode.UserRead | UnixFileMode.UserExecute);
        }
    }

    /// <summary>How the tools were called.</summary>
    public string Calls => File.ReadAllText(Log);

    private string Log => Path.Combine(directory, "log");

    private string List => Path.Combine(directory, "list");

    /// <summary>Runs the shipped command with these keys plugged in.</summary>
    public ProgramResult Run(params string[] arguments) => Start(TesseraCommand.Launcher, arguments);

    /// <summary>Runs a program with these keys plugged in.</summary>
    public ProgramResult Start(string program, string[] arguments, string? input = null) => Programs.TryRun(new ProgramStart(program, arguments)
    {
        Environment = new Dictionary<string, string>(StringComparer.Ordinal) { ["PATH"] = $"{directory}:{Environment.GetEnvironmentVariable("PATH")}" },
        Input = input,
    });
}
