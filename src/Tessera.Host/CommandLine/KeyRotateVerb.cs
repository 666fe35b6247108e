using System.CommandLine;
using System.Diagnostics;
using System.Globalization;
using Spectre.Console;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Rotating;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key rotate: another volume key, and everything sealed under it.</summary>
internal static class KeyRotateVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Option<string[]> passphrases = new("--also-passphrase-file") { Description = "A file with the passphrase of another slot that shall stay, or with the recovery code. May be given several times.", HelpName = "FILE" };
        Option<string[]> keyFiles = new("--also-key-file") { Description = "The key file of another slot that shall stay. May be given several times.", HelpName = "FILE" };
        Option<bool> drop = new("--drop-others") { Description = "Let slots go that nothing given opens: their passphrases, key files and security keys open the volume no more." };
        Option<bool> background = new("--in-background") { Description = "Return as soon as everything new is sealed under another key: the next mount seals anew what is there, while it is used." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command(
            "rotate",
            "Give a volume that is not mounted another key, and seal everything in it anew. Interrupted at any point, the same command goes on. Who has learnt the old key opens no later state.")
        {
            volume, passphrases, keyFiles, drop, background, json,
        };
        PassphraseOptions current = PassphraseOptions.AddTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            PassphraseSource source = current.Source(parsed);
            using var secrets = new SlotSecrets(source, parsed.GetValue(passphrases) ?? [], parsed.GetValue(keyFiles) ?? []);
            var start = new RotationStart(parsed.GetRequiredValue(volume), secrets, source, parsed.GetValue(drop));
            try
            {
                string path = parsed.GetRequiredValue(volume);
                await BeginAsync(path, start, rollback.Read(parsed), parsed.GetValue(json));
                return parsed.GetValue(background)
                    ? await LeaveAsync(new RotateRun(path, start.Key!, rollback.Read(parsed)), start, parsed.GetValue(json))
                    : await RunAsync(new RotateRun(path, start.Key!, rollback.Read(parsed)), start, parsed.GetValue(json));
            }
            finally
            {
                start.Key?.Dispose();
                start.NewCode?.Dispose();
            }
        });
        return command;
    }

    private static async Task BeginAsync(string volume, RotationStart start, RollbackPolicy rollback, bool json)
    {
        start.Unlock(rollback);
        if (start.IsBegun)
        {
            Console.Error.WriteLine("A rotation is under way: it goes on. The slots stay as they are.");
            return;
        }

        _ = await new RotateRun(volume, start.Key!, rollback).OpenOnceAsync();
        start.Begin();
        TellSlots(start, json);
    }

    /// <summary>The new key counts once the volume was opened with it.</summary>
    private static async Task<int> LeaveAsync(RotateRun run, RotationStart start, bool json)
    {
        long started = Stopwatch.GetTimestamp();
        (uint epoch, bool isRotating) = await run.OpenOnceAsync();
        var facts = new RotateFacts(epoch, !isRotating, 0, 0, 0, start.Dropped, Stopwatch.GetElapsedTime(started).TotalSeconds) { Background = true };
        Print(facts, json);
        return (int)ExitCode.Ok;
    }

    private static async Task<int> RunAsync(RotateRun run, RotationStart start, bool json)
    {
        using var interrupt = new Interrupt();
        double done = 0;
        try
        {
            RotateFacts facts;
            using (var line = new ProgressLine())
            {
                facts = await run.RunAsync(Show, interrupt.Token);
                void Show(double part)
                {
                    done = part;
                    line.Show("re-sealing", part);
                }
            }

            return Report(facts with { DroppedSlots = start.Dropped }, json);
        }
        catch (OperationCanceledException)
        {
            ErrorReport.Write(
                string.Create(CultureInfo.InvariantCulture, $"Interrupted after {done:P0}. Everything new is sealed under the new key; what is left is under the old one."),
                "Run the same command again: it goes on.");
            return SignalExit.Interrupted;
        }
    }

    /// <summary>Only once it is durable: a code that opens nothing is worse than none.</summary>
    private static void TellSlots(RotationStart start, bool json)
    {
        if (start.NewCode is { } code)
        {
            TextWriter usual = Console.Out;
            try
            {
                if (json)
                {
                    Console.SetOut(Console.Error); // Standard output is for the facts.
                }

                RecoveryCodePrinter.Print(code);
            }
            finally
            {
                Console.SetOut(usual);
            }
        }

        if (start.Dropped.Length > 0)
        {
            Console.Error.WriteLine($"Slots that open the volume no more: {string.Join(", ", start.Dropped)}.");
        }
    }

    private static void Print(RotateFacts facts, bool json)
    {
        if (json)
        {
            FactWriter.WriteJson(facts, HostJson.Default.RotateFacts);
        }
        else
        {
            Screen.Output.WriteLine(facts.ToString());
        }
    }

    private static int Report(RotateFacts facts, bool json)
    {
        Print(facts, json);
        if (facts.Complete)
        {
            return (int)ExitCode.Ok;
        }

        ErrorReport.Write("The rotation is not through: something under the old key is damaged.", "Run 'tessera fsck --repair', then the same command again.");
        return (int)ExitCode.Damaged;
    }
}
