using System.CommandLine;
using Tessera.Host.Bench;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>tessera bench: a health check of one's own mount, with a verdict in plain words.</summary>
internal static class BenchVerb
{
    public static Command Create()
    {
        Argument<string> mountPoint = CommonOptions.MountPoint();
        Option<bool> full = new("--full") { Description = "Five minutes rather than one: larger files, more of them, steadier figures." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("bench", "Measure a mount against the file system beneath it, in about a minute, and say what is slow. Works in a directory of its own there and beside the volume, and removes both.")
        {
            mountPoint, full, json,
        };
        command.SetAction((parsed, _) => Task.FromResult(Run(parsed.GetRequiredValue(mountPoint), parsed.GetValue(full), parsed.GetValue(json))));
        return command;
    }

    private static int Run(string mountPoint, bool full, bool json)
    {
        MountEntry entry = TesseraMounts.Require(mountPoint);
        using var interrupt = new Interrupt();
        BenchReport report;
        using (var line = new ProgressLine())
        {
            report = BenchRun.Run(entry, full, (doing, part) => line.Show(doing, part), interrupt.Token);
        }

        if (json)
        {
            FactWriter.WriteJson(report, HostJson.Default.BenchReport);
        }
        else
        {
            Screen.Output.Write(BenchView.Of(report));
        }

        return report.Complete ? (int)ExitCode.Ok : SignalExit.Interrupted;
    }
}
