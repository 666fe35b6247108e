using System.Diagnostics;
using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Daemon;

/// <summary>Starts a daemon as a process of its own and waits until it says that the mount is usable, or why it is not.</summary>
/// <remarks>
/// The request and the key go over the child's standard input, so neither is ever an argument or in the environment; the one line of
/// answer comes over its standard output. Its standard error stays the terminal's until then, for whatever the runtime may complain of.
/// </remarks>
internal static class DaemonLauncher
{
    /// <summary>The only argument of the daemon, to be told from the command; what it is to mount comes over its standard input.</summary>
    public const string Argument = "serve-mount";

    /// <summary>Replay of a full log on a slow disk takes its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    /// <exception cref="CommandException">The daemon's reason, with its exit code.</exception>
    public static async Task StartAsync(MountRequest request, SecretBytes key, CancellationToken cancellation)
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Argument);
        using Process daemon = Process.Start(start)!;
        using (Stream input = daemon.StandardInput.BaseStream)
        {
            await input.WriteAsync(MountRequestText.Encode(request), cancellation);
            input.Write(key.Span); // Into the pipe at once, unbuffered: there is no copy to clear.
        }

        await AwaitReadyAsync(daemon, request, cancellation);
    }

    private static async Task AwaitReadyAsync(Process daemon, MountRequest request, CancellationToken cancellation)
    {
        var answers = new LineChannel(daemon.StandardOutput.BaseStream, ControlLimits.MaxRequestBytes);
        Task<ControlReply?> answer = answers.ReadAsync(ControlJson.Default.ControlReply, cancellation).WaitAsync(Patience, cancellation);
        ControlReply? reply = await ShowWaitAsync(answer);
        if (reply is null)
        {
            throw new CommandException(
                ExitCode.Fault, "The daemon ended before the mount was usable.", $"Its log may say why: {request.LogPath}");
        }

        if (reply.Error is { } sentence)
        {
            throw new CommandException(reply.Code ?? ExitCode.Fault, sentence, reply.Advice);
        }
    }

    /// <summary>Replay of a long log takes a while: whoever waits is told.</summary>
    private static async Task<ControlReply?> ShowWaitAsync(Task<ControlReply?> answer)
    {
        using var progress = new ProgressLine();
        while (await Task.WhenAny(answer, Task.Delay(s_look)) != answer)
        {
            progress.Show("Opening the volume", part: null);
        }

        return await answer;
    }
}
