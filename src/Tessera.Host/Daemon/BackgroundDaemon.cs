using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
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
            MountRequest request = DaemonProcess.ReadRequest(input);
            using var key = new SecretBytes(request.KeyBytes);
            DaemonProcess.ReadKey(input, key.Span);
            DaemonProcess.LeaveTerminal();
            using var file = new LogFile(request.LogPath!);
            var log = new EventLog(file, TimeProvider.System);
            MountedVolume mounted = await MountAsync(request, key, log);
            key.Dispose(); // The store has keys of its own, derived from it.
            return await mounted.ServeAsync(static () => DaemonProcess.Answer(new ControlReply()));
        }
        catch (CommandException refusal)
        {
            DaemonProcess.Answer(ControlReply.Of(refusal));
            return refusal.Code;
        }
    }

    private static async Task<MountedVolume> MountAsync(MountRequest request, SecretBytes key, EventLog log)
    {
        try
        {
            return await MountedVolume.MountAsync(request, key, log);
        }
#pragma warning disable CA1031 // Whatever it is ends this daemon; the waiting command tells the user.
        catch (Exception fault)
#pragma warning restore CA1031
        {
            CommandException refusal = Refusal.From(fault);
            log.Error("not_mounted", ("volume", request.Source), ("mount_point", request.MountPoint), ("message", refusal.Message), ("cause", fault.ToString()));
            throw refusal == fault ? refusal : new CommandException(refusal.Code, refusal.Message, refusal.Advice, fault);
        }
    }
}
