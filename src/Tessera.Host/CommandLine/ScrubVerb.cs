using System.CommandLine;
using System.Globalization;
using System.Text.Json;
using Spectre.Console;
using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Container.Scrubbing;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Host.Opening;
using Tessera.Host.Scrubbing;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera scrub: reads both copies of everything and every block of a volume, mounted or not, and heals what has one whole copy left.</summary>
internal static class ScrubVerb
{
    public static Command Create()
    {
        Argument<string> target = new("VOLUME|MOUNTPOINT") { Description = "A volume, or the directory where one is mounted: it goes on working meanwhile." };
        Option<string?> rate = new("--rate") { Description = "Read at most so many bytes a second, such as 20M; 0 for no bound. 64M unless told otherwise." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("scrub", "Find latent damage: reads both copies of everything and every block, heals a damaged copy from the whole one, names what is lost. Exit 5 when damage is left.")
        {
            target, rate, json,
        };
        PassphraseOptions passphrase = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            long bytesPerSecond = RateOf(parsed.GetValue(rate));
            using var interrupt = new Interrupt();
            ScrubFacts facts;
            using (var line = new ProgressLine())
            {
                facts = TesseraMounts.Find(parsed.GetRequiredValue(target)) is { } entry
                    ? await AskAsync(entry, bytesPerSecond, line, interrupt.Token)
                    : await RunAsync((parsed.GetRequiredValue(target), passphrase.Source(parsed), rollback.Read(parsed)), bytesPerSecond, line, interrupt.Token);
            }

            return Report(facts, parsed.GetValue(json));
        });
        return command;
    }

    private static long RateOf(string? text) => text is null ? ScrubOptions.DefaultBytesPerSecond : ByteSize.Parse(text);

    private static int Report(ScrubFacts facts, bool json)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, HostJson.Default.ScrubFacts);
        }
        else
        {
            foreach (string line in facts.Lines())
            {
                Screen.Output.WriteLine(line);
            }
        }

        return !facts.Clean ? (int)ExitCode.Damaged : facts.Complete ? (int)ExitCode.Ok : SignalExit.Interrupted;
    }

    /// <summary>The daemon does it, because it alone may have the volume open. Should this command end, so does the scrub.</summary>
    private static async Task<ScrubFacts> AskAsync(MountEntry entry, long bytesPerSecond, ProgressLine line, CancellationToken cancellation)
    {
        double? done = 0;
        string doing = string.Empty;
        using ControlClient client = ControlClient.Connect(entry);
        var request = new ControlRequest(ScrubFacts.Operation, bytesPerSecond.ToString(CultureInfo.InvariantCulture));
        try
        {
            JsonElement answer = await client.AskAsync(
                request,
                reply =>
                {
                    (doing, done) = (reply.Doing!, reply.Done ?? done);
                    line.Show(doing, reply.Done);
                },
                cancellation);
            return answer.Deserialize(HostJson.Default.ScrubFacts)!;
        }
        catch (OperationCanceledException)
        {
            line.Dispose();
            ErrorReport.Write(
                string.Create(CultureInfo.InvariantCulture, $"Interrupted after {done:P0} ({(doing.Length == 0 ? "just begun" : doing)})."),
                "What was found so far is in the daemon's log.");
            throw;
        }
    }

    private static async Task<ScrubFacts> RunAsync((string Path, PassphraseSource Source, RollbackPolicy Rollback) volume, long bytesPerSecond, ProgressLine line, CancellationToken cancellation)
    {
        IHostMedium medium = HostMedium.Open(volume.Path, new FileMediumOptions());
        try
        {
            using UnlockedVolume unlocked = VolumeUnlocker.Unlock(medium, volume.Path, volume.Source);
            await using ContainerStore store = ContainerOpener.Open(medium, unlocked.Key.Span, volume.Rollback.ApplyTo(new ContainerOptions { Host = HostIdentity.Current }));
            return await ScrubRun.RunAsync(store, volume.Path, bytesPerSecond, reply => line.Show(reply.Doing!, reply.Done), cancellation);
        }
        finally
        {
            medium.Dispose();
        }
    }
}
