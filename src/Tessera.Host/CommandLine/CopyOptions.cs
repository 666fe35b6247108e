using System.CommandLine;
using System.Diagnostics;
using Tessera.Host.Copying;

namespace Tessera.Host.CommandLine;

/// <summary>What "import" and "export" have in common: their options, telling how far they are, and how they end.</summary>
internal sealed class CopyOptions
{
    private readonly Option<bool> replace = new("--replace") { Description = "Replace files that are there already and differ. Without it they are left alone and named." };
    private readonly Option<bool> json = new("--json") { Description = "Print lines of JSON: how far it is, about once a second, and at the end what was done." };
    private readonly Option<bool> quiet = new("--quiet") { Description = "Say nothing unless something is wrong: for timers." };

    public static CopyOptions AddTo(Command command)
    {
        var options = new CopyOptions();
        command.Add(options.replace);
        command.Add(options.json);
        command.Add(options.quiet);
        return options;
    }

    /// <summary>Opens both ends, copies, and says what was done.</summary>
    /// <param name="parsed">The command line.</param>
    /// <param name="openSource">The source.</param>
    /// <param name="openTarget">The target, opened when the source is.</param>
    /// <param name="notCopied">What is known beforehand not to be copied.</param>
    public async Task<ExitCode> RunAsync(ParseResult parsed, Func<Task<CopyPlace>> openSource, Func<Task<CopyPlace>> openTarget, IEnumerable<CopyFailure> notCopied)
    {
        var tally = new CopyTally();
        foreach (CopyFailure failure in notCopied)
        {
            tally.Fail(failure.Path, failure.Reason);
        }

        long started = Stopwatch.GetTimestamp();
        using var interrupt = new Interrupt();
        try
        {
            CopyFacts facts;
            bool isDamaged;
            await using (CopyPlace source = await openSource())
            await using (CopyPlace target = await openTarget())
            {
                using var line = new ProgressLine(parsed.GetValue(quiet) || parsed.GetValue(json));
                var progress = new CopyProgress(line, tally, parsed.GetValue(json));
                await CopyRun.RunAsync(source, target, new CopyJob(tally, progress, parsed.GetValue(replace), interrupt.Token));
                isDamaged = tally.IsDamaged || source.IsDamaged || target.IsDamaged;
                facts = CopyFacts.Of(source.Name, target.Name, tally, Stopwatch.GetElapsedTime(started));
            }

            ExitCode code = Report(facts, tally, parsed);
            return code == ExitCode.Fault && isDamaged ? ExitCode.Damaged : code;
        }
        catch (OperationCanceledException)
        {
            ErrorReport.Write("Interrupted. What was copied so far is whole.", "Run the same command again: it goes on.");
            return (ExitCode)SignalExit.Interrupted;
        }
        catch (CopyException)
        {
            Tell(tally);
            throw;
        }
    }

    private ExitCode Report(CopyFacts facts, CopyTally tally, ParseResult parsed)
    {
        if (parsed.GetValue(json))
        {
            FactWriter.WriteJsonLine(facts);
        }
        else if (!parsed.GetValue(quiet))
        {
            Console.Out.WriteLine(facts);
        }

        Tell(tally);
        if (facts.Complete)
        {
            return ExitCode.Ok;
        }

        ErrorReport.Write(
            $"Not everything was copied: {tally.FailureCount} {(tally.FailureCount == 1 ? "name is" : "names are")} missing or wrong in {facts.Target}.",
            "Mend what is said of them and run the same command again: what is there already is not copied again.");
        return ExitCode.Fault;
    }

    private static void Tell(CopyTally tally)
    {
        foreach (CopyFailure failure in tally.Failures)
        {
            ErrorReport.Write(failure.ToString(), advice: null);
        }

        foreach (CopyFailure left in tally.LeftOut)
        {
            ErrorReport.Write($"left out: {left}", advice: null);
        }

        long unnamed = tally.FailureCount - tally.Failures.Count + tally.LeftOutCount - tally.LeftOut.Count;
        if (unnamed > 0)
        {
            ErrorReport.Write($"… and {unnamed} more.", advice: null);
        }

        if (tally.Disowned > 0)
        {
            ErrorReport.Write($"{tally.Disowned} files and directories belong to you now: only root gives files to others.", advice: null);
        }
    }
}
