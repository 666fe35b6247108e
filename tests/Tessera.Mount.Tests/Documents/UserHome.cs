using System.Diagnostics;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Documents;

/// <summary>A new user's empty home directory, and a terminal in which commands are typed and questions answered.</summary>
internal sealed class UserHome : Place
{
    private const string Passphrase = "correct horse battery staple";
    private static readonly TimeSpan Limit = TimeSpan.FromMinutes(3);

    public UserHome()
    {
        Path = System.IO.Path.Combine(Scratch, "home");
        Directory.CreateDirectory(Path);
    }

    public override string Path { get; }

    /// <summary>Runs commands by bash, as from a terminal, in the source tree; at every question a passphrase is typed.</summary>
    /// <remarks>Removable disks, which documents have in <c>/media</c>, lie below the home directory.</remarks>
    public ProgramResult Type(string commands)
    {
        string script = System.IO.Path.Combine(Scratch, "commands");
        File.WriteAllText(script, "set -euo pipefail\ntrap 'kill $(jobs -p) 2>/dev/null || true' EXIT\n" + commands.Replace("/media/", $"{Path}/media/", StringComparison.Ordinal));
        var start = new ProgramStart("script", "--quiet", "--return", "--flush", "--command", $"bash {script}", "/dev/null")
        {
            Directory = TesseraCommand.Root,
            Environment = new Dictionary<string, string>(StringComparer.Ordinal)
            {
                ["HOME"] = Path,
                ["PATH"] = $"{TesseraCommand.Root}:{Environment.GetEnvironmentVariable("PATH")}",
            },
        };
        using Process terminal = Programs.Start(start);
        Task<string> shown = AnswerAsync(terminal);
        if (!terminal.WaitForExit(Limit))
        {
            terminal.Kill(entireProcessTree: true);
            throw new TimeoutException($"No end after {Limit.TotalSeconds:0} s: {commands}");
        }

        return new ProgramResult(commands, terminal.ExitCode, shown.Wait(TimeSpan.FromSeconds(5)) ? shown.Result : string.Empty, string.Empty);
    }

    public override void Check() => TestVolume.MountsBelow(Scratch).ShouldBeEmpty("the document leaves something mounted");

    public override async ValueTask DisposeAsync()
    {
        foreach (string mountPoint in TestVolume.MountsBelow(Scratch))
        {
            TesseraCommand.Run("umount", "--lazy", mountPoint).ExitCode.ShouldBe(0);
        }

        await base.DisposeAsync();
    }

    private static async Task<string> AnswerAsync(Process terminal)
    {
        var shown = new StringBuilder();
        char[] piece = new char[4096];
        for (int length = 1; length > 0;)
        {
            length = await terminal.StandardOutput.ReadAsync(piece);
            shown.Append(piece, 0, length);
            string last = shown.ToString()[(shown.ToString().LastIndexOf('\n') + 1)..];
            if (length > 0 && last.EndsWith(": ", StringComparison.Ordinal))
            {
                await terminal.StandardInput.WriteAsync(Passphrase + "\n");
                await terminal.StandardInput.FlushAsync();
            }
        }

        return shown.ToString();
    }
}
