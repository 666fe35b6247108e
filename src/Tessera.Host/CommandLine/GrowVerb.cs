using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Host.Daemon;
using Tessera.Host.Growing;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera grow: gives a volume a larger size limit, mounted or not.</summary>
internal static class GrowVerb
{
    public static Command Create()
    {
        Argument<string> target = new("VOLUME|MOUNTPOINT") { Description = "A volume that was made with --size, or the directory where it is mounted: it goes on working meanwhile." };
        Option<string> size = new("--size") { Description = "The size it shall have, as 20G; not less than it has.", HelpName = "SIZE", Required = true };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("grow", "Make a volume larger. The new room of a scattered volume is filled with noise first; interrupted, the size stays as it was.") { target, size, json };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            long bytes = ByteSize.Parse(parsed.GetRequiredValue(size));
            using var interrupt = new Interrupt();
            GrowFacts facts;
            using (var line = new ProgressLine())
            {
                facts = TesseraMounts.Find(parsed.GetRequiredValue(target)) is { } entry
                    ? await AskAsync(entry, bytes, line, interrupt.Token)
                    : await RunAsync((parsed.GetRequiredValue(target), passphrase.Source(parsed), rollback.Read(parsed)), bytes, line, interrupt.Token);
            }

            Report(facts, parsed.GetValue(json));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static void Report(GrowFacts facts, bool json)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, HostJson.Default.GrowFacts);
        }
        else
        {
            Screen.Output.WriteLine(facts.ToString());
        }
    }

    /// <summary>The daemon does it, because it alone may have the volume open. Should this command end while noise is made, the size stays as it was.</summary>
    private static async Task<GrowFacts> AskAsync(MountEntry entry, long bytes, ProgressLine line, CancellationToken cancellation)
    {
        using ControlClient client = ControlClient.Connect(entry);
        var request = new ControlRequest(GrowFacts.Operation, bytes.ToString(CultureInfo.InvariantCulture));
        JsonElement answer = await client.AskAsync(request, reply => line.Show(reply.Doing!, reply.Done), cancellation);
        return answer.Deserialize(HostJson.Default.GrowFacts)!;
    }

    private static async Task<GrowFacts> RunAsync((string Path, PassphraseSource Source, RollbackPolicy Rollback) volume, long bytes, ProgressLine line, CancellationToken cancellation)
    {
        IHostMedium medium = HostMedium.Open(volume.Path, new FileMediumOptions());
        try
        {
            using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume.Path, volume.Source);
            await using ContainerStore store = ContainerOpener.Open(medium, unlocked.Key.Span, volume.Rollback.ApplyTo(new ContainerOptions { Host = HostIdentity.Current }));
            return await GrowRun.RunAsync(volume.Path, store, bytes, Tell);
        }
        finally
        {
            medium.Dispose();
        }

        void Tell(ControlReply reply)
        {
            cancellation.ThrowIfCancellationRequested();
            line.Show(reply.Doing!, reply.Done);
        }
    }
}
