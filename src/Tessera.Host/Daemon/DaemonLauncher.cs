using System.ComponentModel;
using System.Diagnostics;
using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Daemon;

/// <summary>Starts a daemon as a process of its own and waits until it says that the mount is usable, or why it is not.</summary>
/// <remarks>
/// The request and the key go over the child's standard input, so neither is ever an argument or in the environment; the one line of
/// answer comes over its standard output. What the runtime may complain of on its standard error is passed on until then. It has none of the
/// terminal's streams: while a process that we started has one, the runtime shows what is typed between the keys of a passphrase.
/// </remarks>
internal sealed class DaemonLauncher : IDisposable
{
    /// <summary>The only argument of the daemon, to be told from the command; what it is to mount comes over its standard input.</summary>
    public const string Argument = "serve-mount";

    /// <summary>Replay of a full log on a slow disk takes its time.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan s_look = TimeSpan.FromMilliseconds(500);

    private Process? waiting;

    /// <summary>Starts the process before the command line is read: its runtime starts while ours reads the command line, asks for a passphrase and derives the key.
    /// Nothing is told to it, and it does nothing, before the command is found to be good.</summary>
    public void Prepare()
    {
        try
        {
            waiting = Start();
        }
        catch (Win32Exception)
        {
            // No process can be started now: it is tried again when one is needed, and the user told.
        }
    }

    /// <exception cref="CommandException">The daemon's reason, with its exit code.</exception>
    public async Task StartAsync(MountRequest request, SecretBytes key, CancellationToken cancellation)
    {
        using Process daemon = waiting ?? Start();
        waiting = null;
        using (Stream input = daemon.StandardInput.BaseStream)
        {
            input.Write(MountRequestText.Encode(request));
            input.Write(key.Span); // Into the pipe at once, unbuffered: there is no copy to clear.
        }

        Stream output = daemon.StandardOutput.BaseStream;
        Stream complaints = daemon.StandardError.BaseStream;
        Task passing = Task.Run(() => complaints.CopyTo(Console.OpenStandardError()), CancellationToken.None);
        ControlReply? reply = await ShowWaitAsync(Task.Run(() => ReadAnswer(output), cancellation).WaitAsync(Patience, cancellation));
        if (reply is null)
        {
            await passing; // Why it ended comes before that it did.
            throw new CommandException(
                ExitCode.Fault, "The daemon ended before the mount was usable.", $"Its log may say why: {request.LogPath}");
        }

        if (reply.Error is { } sentence)
        {
            throw new CommandException(reply.Code ?? ExitCode.Fault, sentence, reply.Advice);
        }
    }

    /// <summary>Ends a process that was started ahead for nothing.</summary>
    public void Dispose()
    {
        if (waiting is { } daemon)
        {
            daemon.Kill();
            daemon.Dispose();
            waiting = null;
        }
    }

    private static Process Start()
    {
        var start = new ProcessStartInfo(Environment.ProcessPath!)
        {
            RedirectStandardInput = true,
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        };
        start.ArgumentList.Add(Argument);

        // Whoever may connect to the runtime's diagnostic port reads its memory, and loads code into it: a daemon that holds keys has none.
        start.Environment["DOTNET_EnableDiagnostics"] = "0";
        return Process.Start(start)!;
    }

    /// <summary>The one line; null when the daemon has closed without one. Blocking calls: the asynchronous ones would be compiled and started up first.</summary>
    /// <exception cref="InvalidDataException">It is no reply, or a longer one than <see cref="ControlLimits.MaxRequestBytes"/>.</exception>
    private static ControlReply? ReadAnswer(Stream output)
    {
        byte[] line = new byte[ControlLimits.MaxRequestBytes];
        int length = 0;
        while (length < line.Length)
        {
            int count = output.Read(line, length, line.Length - length);
            length += count;
            if (count == 0)
            {
                return null;
            }

            if (line[length - 1] == '\n')
            {
                return line.AsSpan(0, length).SequenceEqual(DaemonProcess.Ready) ? new ControlReply() : ControlText.ReadReply(line.AsMemory(0, length));
            }
        }

        throw new InvalidDataException("The daemon's answer has no end.");
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
