using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Veiling;
using Tessera.Crypto;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;
using Tessera.Host.Serving;

namespace Tessera.Host.CommandLine;

/// <summary>tessera info: what a volume is, and where it is mounted. Needs no passphrase but for a scattered volume that is not mounted; never touches the mount itself.</summary>
internal static class InfoVerb
{
    public static Command Create()
    {
        Argument<string> target = new("VOLUME|MOUNTPOINT") { Description = "A volume, or the directory where one is mounted." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("info", "Say what a volume is, how full it is, where it is mounted, and by which process.") { target, json };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        command.SetAction(async (parsed, cancellation) =>
            (int)await RunAsync(parsed.GetRequiredValue(target), passphrase.Source(parsed), parsed.GetValue(json), cancellation));
        return command;
    }

    private static async Task<ExitCode> RunAsync(string target, PassphraseSource source, bool json, CancellationToken cancellation)
    {
        if (TesseraMounts.Find(target) is { } entry)
        {
            using ControlClient client = ControlClient.Connect(entry);
            JsonElement answer = await client.AskAsync(new ControlRequest(MountFacts.Operation), progress: null, cancellation);
            if (DirectorySource.Is(entry.Source))
            {
                DirectoryFacts directory = answer.Deserialize(HostJson.Default.DirectoryFacts)!;
                Write(directory, HostJson.Default.DirectoryFacts, json, () => DirectoryView.Print(directory));
                return ExitCode.Ok;
            }

            if (RemoteSource.Is(entry.Source))
            {
                RemoteFacts remote = answer.Deserialize(HostJson.Default.RemoteFacts)!;
                Write(remote, HostJson.Default.RemoteFacts, json, () => RemoteView.Print(remote));
                return ExitCode.Ok;
            }

            MountFacts facts = answer.Deserialize(HostJson.Default.MountFacts)!;
            Write(facts, HostJson.Default.MountFacts, json, () => Print(facts));
        }
        else if (DirectorySource.Is(target) || RemoteSource.Is(target))
        {
            throw new CommandException(ExitCode.NotMounted, $"{target} is not mounted.");
        }
        else
        {
            VolumeFacts facts = Read(target, source);
            Write(facts, HostJson.Default.VolumeFacts, json, () => Print(facts));
        }

        return ExitCode.Ok;
    }

    private static void Write<T>(T facts, System.Text.Json.Serialization.Metadata.JsonTypeInfo<T> type, bool json, Action print)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, type);
        }
        else
        {
            print();
        }
    }

    private static VolumeFacts Read(string path, PassphraseSource source)
    {
        using IHostMedium medium = HostMedium.Open(path, new FileMediumOptions { ReadOnly = true, Locked = false });
        (ContainerHeader header, KeyHeader? keys) = ReadHeader(medium, path, source);
        return new VolumeFacts(path, HeaderFacts.Of(header), medium.Length, IsInUse(path), medium.Parts?.Count) { Keys = keys is null ? null : KeyFacts.Of(keys) };
    }

    private static (ContainerHeader Header, KeyHeader? Keys) ReadHeader(IHostMedium medium, string path, PassphraseSource source)
    {
        if (!VeiledMedium.IsPlausible(medium))
        {
            ContainerHeader header = ContainerHeader.Read(medium, forWriting: false);
            return (header, header.Profile == ContainerProfile.Plain ? null : TryReadKeys(medium));
        }

        using UnlockedVolume unlocked = VeilUnlocker.Unlock(medium, path, source);
        return (unlocked.Header, unlocked.Keys!.Header);
    }

    /// <summary>What is damaged is told by who needs it, and by 'fsck'.</summary>
    private static KeyHeader? TryReadKeys(IHostMedium medium)
    {
        try
        {
            return KeyStorage.Read(medium).Header;
        }
        catch (Exception fault) when (fault is KeyHeaderException or MediumException)
        {
            return null;
        }
    }

    private static bool IsInUse(string path)
    {
        try
        {
            HostMedium.Open(path, new FileMediumOptions { ReadOnly = true }).Dispose();
            return false;
        }
        catch (MediumException fault) when (fault.Fault == MediumFault.InUse)
        {
            return true;
        }
    }

    private static void Print(MountFacts facts)
    {
        Grid grid = Start(facts.Volume, facts.Header, facts.Keys);
        grid.AddMountPoint(facts.MountPoint, facts.ReadOnly);
        if (facts.Fault is { } fault)
        {
            grid.AddRow("fault", Markup.Escape(fault));
        }

        grid.AddRow("used", FactsGrid.Space(facts.Space));
        grid.AddRow("size limit", facts.SizeLimit == 0 ? "none but the disk's" : ByteSize.Format((ulong)facts.SizeLimit));
        grid.AddDaemon(facts.Pid, facts.Started, facts.Log);
        if (facts.Alarm is { } alarm)
        {
            string state = alarm.Latest is null ? "none so far" : $"{alarm.Latest}{(alarm.Locked ? ": LOCKED until it is mounted anew" : string.Empty)}";
            grid.AddRow("alarms", string.Create(CultureInfo.InvariantCulture, $"{alarm.Raised}; {state}"));
        }

        if (facts.Audit is { } audit)
        {
            grid.AddRow("audit", string.Create(CultureInfo.InvariantCulture, $"{audit.Records} records{(audit.Lost > 0 ? $", {audit.Lost} lost for want of room" : string.Empty)}"));
        }

        Screen.Output.Write(grid);
    }

    private static void Print(VolumeFacts facts)
    {
        Grid grid = Start(facts.Volume, facts.Header, facts.Keys);
        grid.AddRow("file", ByteSize.Format((ulong)facts.Bytes));
        grid.AddRow("mounted", facts.InUse ? "not here, but some process has it open" : "no");
        Screen.Output.Write(grid);
    }

    private static Grid Start(string volume, HeaderFacts header, KeyFacts? keys)
    {
        Grid grid = FactsGrid.Start();
        grid.AddRow("volume", Markup.Escape(volume));
        grid.AddRow("id", header.VolumeId.ToString());
        grid.AddRow("profile", $"{header.Profile}, {header.Algorithm}, placement {header.Placement}, format {header.FormatVersion}");
        if (header.Parity is { } parity)
        {
            grid.AddRow("parity", parity);
        }

        grid.AddRow("made", header.Created.ToLocalTime().ToString("yyyy-MM-dd HH:mm:ss", CultureInfo.InvariantCulture));
        if (keys is not null)
        {
            grid.AddRow("key", keys.ToString());
        }

        return grid;
    }
}
