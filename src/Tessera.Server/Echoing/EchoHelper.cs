using System.Collections.Concurrent;
using System.Diagnostics;
using Tessera.Core.FileSystem;
using EventLog = Tessera.Host.Logging.EventLog;

namespace Tessera.Server.Echoing;

/// <summary>The server's end of the repeating process: starts it when there is something to repeat, and again when it has ended.</summary>
internal sealed class EchoHelper(EventLog log) : IDisposable
{
    /// <summary>A call waits at most for what a program does in the same directory; one that waits longer is given up.</summary>
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private readonly Lock gate = new();
    private readonly ConcurrentDictionary<int, TaskCompletionSource<(int Thread, int Error)>> waiting = new();
    private Process? process;
    private BinaryWriter? requests;
    private int generation;
    private int lastWorkspace;
    private bool isOver;

    /// <summary>Counts the processes there have been: threads of an earlier one are none any more.</summary>
    public int Generation => Volatile.Read(ref generation);

    public int NewWorkspace() => Interlocked.Increment(ref lastWorkspace);

    /// <summary>Starts the process where there is none.</summary>
    /// <returns>Its <see cref="Generation"/>.</returns>
    public int Start()
    {
        lock (gate)
        {
            try
            {
                if (!isOver && process is not { HasExited: false })
                {
                    StartAnew();
                }
            }
            catch (System.ComponentModel.Win32Exception fault)
            {
                log.Warning("repeating", ("message", fault.Message));
            }

            return generation;
        }
    }

    /// <summary>Has a call made; one at a time for each workspace.</summary>
    /// <param name="request">The call.</param>
    /// <param name="of">The generation whose thread it is for: no other process may make it.</param>
    /// <returns>The thread that made it, and 0 or an errno; null: there is no answer.</returns>
    public (int Thread, int Error)? Call(EchoRequest request, int of)
    {
        var answer = new TaskCompletionSource<(int, int)>(TaskCreationOptions.RunContinuationsAsynchronously);
        waiting[request.Workspace] = answer;
        try
        {
            lock (gate)
            {
                if (isOver || of != generation || requests is null)
                {
                    return null;
                }

                request.WriteTo(requests);
            }

            return answer.Task.Wait(Patience) ? answer.Task.Result : null;
        }
        catch (Exception fault) when (fault is IOException or AggregateException)
        {
            log.Warning("repeating", ("message", fault.Message));
            return null;
        }
        finally
        {
            waiting.TryRemove(request.Workspace, out _);
        }
    }

    /// <summary>A workspace has ended.</summary>
    public void End(int workspace)
    {
        var nothing = new ChangedName(0, [], []);
        try
        {
            lock (gate)
            {
                if (!isOver && process is { HasExited: false })
                {
                    new EchoRequest(workspace, string.Empty, 0, EchoCall.End, nothing, nothing, 0, default).WriteTo(requests!);
                }
            }
        }
        catch (IOException)
        {
            // It has ended itself.
        }
    }

    public void Dispose()
    {
        lock (gate)
        {
            isOver = true;
            requests?.Dispose(); // Its standard input ends, and so does it.
            process?.Dispose();
        }
    }

    private void StartAnew()
    {
        process?.Dispose();
        var start = new ProcessStartInfo(Environment.ProcessPath!, EchoProcess.Argument) { RedirectStandardInput = true, RedirectStandardOutput = true, UseShellExecute = false };
        process = Process.Start(start)!;
        requests = new BinaryWriter(process.StandardInput.BaseStream);
        Interlocked.Increment(ref generation);
        var reader = new BinaryReader(process.StandardOutput.BaseStream);
        new Thread(() => Answer(reader)) { IsBackground = true, Name = "repeating" }.Start();
    }

    private void Answer(BinaryReader reader)
    {
        try
        {
            while (true)
            {
                (int workspace, int thread, int error) = (reader.ReadInt32(), reader.ReadInt32(), reader.ReadInt32());
                if (waiting.TryGetValue(workspace, out TaskCompletionSource<(int, int)>? answer))
                {
                    answer.TrySetResult((thread, error));
                }
            }
        }
        catch (Exception fault) when (fault is IOException or ObjectDisposedException)
        {
            Interlocked.Increment(ref generation); // What waits finds out by its patience.
        }
    }
}
