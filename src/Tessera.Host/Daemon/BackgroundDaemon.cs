using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Serving;

namespace Tessera.Host.Daemon;

/// <summary>The process that "tessera mount" leaves behind: takes its request, mounts, tells the waiting command, serves.</summary>
internal static class BackgroundDaemon
{
    public static async Task<ExitCode> RunAsync()
    {
        try
        {
            using Stream input = Console.OpenStandardInput();
            MountRequest request = MountRequestText.Decode(input);
            using var key = new SecretBytes(request.KeyBytes);
            DaemonProcess.ReadKey(input, key.Span);
            DaemonProcess.LeaveTerminal();
            using var file = new LogFile(request.LogPath!);
            return await ServeAsync(request, key, new EventLog(file, TimeProvider.System));
        }
        catch (EndOfStreamException)
        {
            return ExitCode.Fault; // The command ended before it had said what to mount: nobody is there to be told.
        }
#pragma warning disable CA1031 // Whatever it is ends this daemon, and the command that waits, if it still does, tells the user.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            CommandException refusal = Refusal.From(fault);
            DaemonProcess.Answer(refusal);
            return refusal.Code;
        }
    }

    private static async Task<ExitCode> ServeAsync(MountRequest request, SecretBytes key, EventLog log)
    {
        try
        {
            if (DirectorySource.Is(request.Source))
            {
                return await MountedDirectory.Mount(request, log).ServeAsync(DaemonProcess.AnswerReady);
            }

            if (RemoteSource.Is(request.Source))
            {
                return await (await MountedRemote.MountAsync(request, key, log)).ServeAsync(DaemonProcess.AnswerReady);
            }

            MountedVolume mounted = await MountedVolume.MountAsync(request, key, log);
            key.Dispose(); // The store has keys of its own, derived from it.
            return await mounted.ServeAsync(DaemonProcess.AnswerReady);
        }
        catch (Exception fault)
        {
            log.Fault("ended", fault);
            throw;
        }
    }
}
