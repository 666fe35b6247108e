using System.CommandLine;
using Spectre.Console;
using Tessera.Host.Diagnosis;

namespace Tessera.Host.CommandLine;

/// <summary>tessera doctor: what of FUSE, kernel features and libraries this machine has, and the command that fixes what is missing.</summary>
internal static class DoctorVerb
{
    public static Command Create()
    {
        Option<bool> json = CommonOptions.Json();
        var command = new Command("doctor", "Say what this machine has and lacks for mounting, and the command that mends it. Exit 0 when it can mount.") { json };
        command.SetAction(parsed => (int)Run(parsed.GetValue(json)));
        return command;
    }

    private static ExitCode Run(bool json)
    {
        DoctorReport report = Doctor.Examine();
        if (json)
        {
            FactWriter.WriteJson(report, HostJson.Default.DoctorReport);
        }
        else
        {
            Print(report);
        }

        return report.Mountable ? ExitCode.Ok : ExitCode.NoFuse;
    }

    private static void Print(DoctorReport report)
    {
        var table = new Table { Border = TableBorder.None, ShowHeaders = false };
        table.AddColumns(new TableColumn("level").NoWrap(), new TableColumn("check").NoWrap(), new TableColumn("says"));
        foreach (Finding finding in report.Findings)
        {
            string fix = finding.Fix is null ? string.Empty : $"\n→ {finding.Fix}";
            table.AddRow(Mark(finding.Level), Markup.Escape(finding.Check), Markup.Escape(finding.Says + fix));
        }

        Screen.Output.Write(table);
        Screen.Output.WriteLine(report.Mountable ? "This machine can mount Tessera volumes." : "This machine cannot mount yet: see the lines marked 'missing'.");
    }

    private static string Mark(FindingLevel level) => level switch
    {
        FindingLevel.Ok => "[green]ok[/]",
        FindingLevel.Note => "[yellow]note[/]",
        _ => "[red]missing[/]",
    };
}
