using System.CommandLine;
using System.CommandLine.Help;
using Tessera.Host.Daemon;
using Tessera.Host.Sharing;

namespace Tessera.Host.CommandLine;

/// <summary>The command line as a whole: its verbs, and the one place where faults become sentences and exit codes.</summary>
internal static class TesseraCommand
{
    private const string Description =
        "Tessera keeps files in a sealed volume: contents, names, sizes and structure are encrypted and authenticated.\n\n"
        + "  tessera mount --create ~/vault ~/mnt    makes a volume on first use, and mounts it\n"
        + "  tessera umount ~/mnt                    writes everything out and closes it\n"
        + "  tessera doctor                          says what this machine lacks, and how to mend it\n\n"
        + "Every verb has a --help of its own. Exit codes are listed in docs/guide/exit-codes.md.";

    /// <param name="args">The command line.</param>
    /// <param name="launcher">Starts the daemon of a mount.</param>
    /// <param name="serve">What "serve" does; null: it becomes the program that has a web server in it.</param>
    /// <param name="share">What "share" does; null: it shares, or becomes that program where spans are to be sent, because the library for it is there.</param>
    public static async Task<int> RunAsync(
        string[] args, DaemonLauncher launcher, Func<ServeOptions, CancellationToken, Task<ExitCode>>? serve = null, Func<ShareOptions, Task<ExitCode>>? share = null)
    {
        try
        {
            ParseResult parsed = CreateRoot(
                args,
                Verbs(
                    launcher,
                    serve ?? ((_, _) => Task.FromResult(ServerProcess.Become(args))),
                    share ?? (options => options.Tracing is null ? Sharer.RunAsync(options) : Task.FromResult(ServerProcess.Become(args))))).Parse(args);
            if (parsed.Errors.Count > 0 && parsed.Action is not HelpAction)
            {
                return ReportUsage(parsed);
            }

            // No termination timeout: the library would else end a daemon two seconds after SIGTERM, in the middle of its closing.
            return await parsed.InvokeAsync(new InvocationConfiguration { EnableDefaultExceptionHandler = false, ProcessTerminationTimeout = null });
        }
        catch (OperationCanceledException)
        {
            return SignalExit.Interrupted;
        }
#pragma warning disable CA1031 // The last loop: whatever arrives here ends this command and nothing else.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            CommandException refusal = Refusal.From(fault);
            ErrorReport.Write(refusal.Message, refusal.Advice);
            return (int)refusal.Code;
        }
    }

    /// <summary>With the one verb that is asked for; with all where that is none, for help and for a word that is like one. To make them all takes as long as to read the
    /// command line.</summary>
    private static RootCommand CreateRoot(string[] args, IEnumerable<Command> verbs)
    {
        var root = new RootCommand(Description);
        var made = new List<Command>();
        foreach (Command verb in verbs)
        {
            if (args.Length > 0 && args[0] == verb.Name)
            {
                root.Add(verb);
                return root;
            }

            made.Add(verb);
        }

        made.ForEach(root.Add);
        return root;
    }

    private static IEnumerable<Command> Verbs(
        DaemonLauncher launcher, Func<ServeOptions, CancellationToken, Task<ExitCode>> serve, Func<ShareOptions, Task<ExitCode>> share)
    {
        yield return InitVerb.Create();
        yield return MountVerb.Create(launcher);
        yield return UmountVerb.Create();
        yield return InfoVerb.Create();
        yield return StatsVerb.Create();
        yield return BenchVerb.Create();
        yield return KeyVerb.Create();
        yield return FsckVerb.Create();
        yield return ScrubVerb.Create();
        yield return GrowVerb.Create();
        yield return BackupVerb.Create();
        yield return RestoreVerb.Create();
        yield return ImportVerb.Create();
        yield return ExportVerb.Create();
        yield return LockVerb.Create();
        yield return UnlockVerb.Create(launcher);
        yield return DoctorVerb.Create();
        yield return EnrolVerb.Create();
        yield return TokenVerb.Create();
        yield return AuditVerb.Create();
        yield return EventsVerb.Create();
        yield return MountHelperVerb.Create(launcher);
        yield return UmountHelperVerb.Create();
        yield return ServeVerb.Create(serve);
        yield return ShareVerb.Create(share);
    }

    private static int ReportUsage(ParseResult parsed)
    {
        // The last error is the most telling: "Unrecognized command" comes after "Required command was not provided".
        ErrorReport.Write(parsed.Errors[^1].Message, advice: null);

        Command command = parsed.CommandResult.Command;
        string verb = string.Concat(Path(command).Select(name => $" {name}"));
        Console.Error.WriteLine($"See 'tessera{verb} --help'.");
        return (int)ExitCode.Usage;
    }

    private static IEnumerable<string> Path(Command command) =>
        command is RootCommand ? [] : command.Parents.OfType<Command>().SelectMany(Path).Append(command.Name);
}
