using System.Diagnostics;
using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Container.Rotating;
using Tessera.Crypto;
using Tessera.Host.Logging;
using Tessera.Host.Serving;
using Tessera.Volumes;
using Tessera.Volumes.Checking;

namespace Tessera.Host.Rotating;

/// <summary>Goes on with a rotation of the volume's key while the volume is mounted: contents, then tree nodes, until nothing is left under the key before
/// (docs/format/keys.md, section 6.1, steps 4 and 5). Slowly: programs go first.</summary>
/// <remarks>One worker. Ended at any point, the next mount goes on: each block is moved by one commit, nodes by one checkpoint.</remarks>
internal sealed class BackgroundReseal : IAsyncDisposable
{
    /// <summary>Unless told otherwise, bytes a second: a gigabyte a minute.</summary>
    public const long DefaultBytesPerSecond = 16L << 20;

    /// <summary>Times through the contents that find nothing to do while something is left: it is damaged.</summary>
    private const int MaxVainRounds = 2;

    /// <summary>Shorter pauses are saved up: a timer is not more exact.</summary>
    private const double LeastPauseSeconds = 0.01;

    private static readonly TimeSpan s_noteEvery = TimeSpan.FromMinutes(5);
    private static readonly TimeSpan s_firstWait = TimeSpan.FromSeconds(1);
    private static readonly TimeSpan s_longestWait = TimeSpan.FromMinutes(1);
    private readonly ContainerStore _store;
    private readonly Volume _volume;
    private readonly string _path;
    private readonly long _rate;
    private readonly EventLog _log;
    private readonly CancellationTokenSource _stopping = new();
    private readonly long _started = Stopwatch.GetTimestamp();
    private readonly Task _worker;
    private long _noted = Stopwatch.GetTimestamp();
    private long _resumed = Stopwatch.GetTimestamp();
    private double _owedSeconds;
    private long _bytes;
    private long _nodes;
    private int _perMille;
    private volatile string _state = ResealFacts.Running;

    /// <summary>Begins.</summary>
    /// <param name="store">Open for writing.</param>
    /// <param name="volume">What is in it.</param>
    /// <param name="path">Its path, for the key slots, where a mount may lie over it.</param>
    /// <param name="bytesPerSecond">So much is read and written anew at most, above 0; and no more than half of the time is spent on it.</param>
    /// <param name="log">Told when it begins and ends.</param>
    public BackgroundReseal(ContainerStore store, Volume volume, string path, long bytesPerSecond, EventLog log)
    {
        (_store, _volume, _path, _rate, _log) = (store, volume, path, bytesPerSecond, log);
        _worker = Task.Run(RunAsync);
    }

    public ResealFacts Facts => new(_state, Volatile.Read(ref _perMille) / KeyFacts.PerMilleInPercent, Interlocked.Read(ref _bytes), Interlocked.Read(ref _nodes));

    /// <summary>Stops, after the step that is under way, and notes how far it is.</summary>
    public async ValueTask DisposeAsync()
    {
        await _stopping.CancelAsync();
        await _worker;
        _stopping.Dispose();
    }

    private async Task RunAsync()
    {
        _log.Info("reseal_begun", ("key_epoch", (long)_store.KeyEpoch), ("bytes_per_second", _rate));
        try
        {
            TimeSpan wait = s_firstWait;
            int vain = 0;
            while (true)
            {
                (bool isThrough, bool isVain) = await RunOnceAsync();
                if (isThrough)
                {
                    break;
                }

                vain = isVain ? vain + 1 : 0;
                if (_store.IsReadOnly)
                {
                    _state = ResealFacts.Failed; // It turned so, and said why.
                    return;
                }

                if (vain == MaxVainRounds)
                {
                    _state = ResealFacts.Damaged;
                    _log.Warning("reseal_stopped", ("reason", "What is damaged is under the key before, which therefore stays: 'tessera fsck --repair' gives it up."));
                    return;
                }

                await WaitAsync(wait);
                wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait;
            }

            await EndAsync();
        }
        catch (OperationCanceledException) when (_stopping.IsCancellationRequested)
        {
            Note();
        }
        catch (MediumException) when (_store.IsReadOnly)
        {
            _state = ResealFacts.Failed;
        }
        catch (Exception fault)
        {
            _state = ResealFacts.Failed;
            _log.Fault("reseal_failed", fault);
        }
    }

    /// <summary>Once through everything.</summary>
    /// <returns>Whether nothing is left; and if something is, whether nothing could be done about it.</returns>
    private async Task<(bool IsThrough, bool IsVain)> RunOnceAsync()
    {
        _state = ResealFacts.Running;
        long before = Interlocked.Read(ref _bytes);
        try
        {
            if (_store.IsRotating && !await ResealContentsAsync())
            {
                _state = ResealFacts.Waiting;
                return (false, false);
            }

            RetirementResult nodes = KeyRetirement.Run(_store, new RetirementOptions
            {
                Blocks = VolumeBlocks.TryReadBlock,
                Progress = part => Tell(RotateRun.ContentsPart + ((1 - RotateRun.ContentsPart) * part)),
                Pace = Pace,
                MostWays = RetirementOptions.FewWays,
                KeepsReserve = true,
                Cancellation = _stopping.Token,
            });
            Interlocked.Add(ref _nodes, nodes.Nodes);
            _state = nodes.IsRetired ? _state : ResealFacts.Waiting;
            return (nodes.IsRetired, nodes.OutdatedEntries + nodes.LostNodes > 0 && Interlocked.Read(ref _bytes) == before);
        }
        catch (MediumException full) when (full.Fault == MediumFault.NoSpace)
        {
            _state = ResealFacts.Waiting;
            return (false, false);
        }
    }

    /// <returns>False without room.</returns>
    private async Task<bool> ResealContentsAsync()
    {
        double expected = RotateRun.ContentsOf(_store);
        ResealResult contents = await _volume.ResealAsync(new ResealOptions
        {
            Progress = bytes => Tell(RotateRun.ContentsPart * Math.Min(1, bytes / expected)),
            Pace = PaceAsync,
            Cancellation = _stopping.Token,
        });
        Interlocked.Add(ref _bytes, contents.Bytes);
        return contents.HasRoom;
    }

    /// <summary>Also where only this was cut off.</summary>
    private async Task EndAsync()
    {
        TimeSpan wait = s_firstWait;
        while (!RotationNoting.TryWrite(_path, _store, KeyRotation.None, done: 0))
        {
            await WaitAsync(wait); // Somebody changes the keys just now.
            wait = wait * 2 < s_longestWait ? wait * 2 : s_longestWait;
        }

        _state = ResealFacts.Ended;
        _log.Info(
            "reseal_ended",
            ("key_epoch", (long)_store.KeyEpoch),
            ("bytes", Interlocked.Read(ref _bytes)),
            ("nodes", Interlocked.Read(ref _nodes)),
            ("seconds", Stopwatch.GetElapsedTime(_started).TotalSeconds));
    }

    /// <summary>How far it is; a later time through does not go back.</summary>
    private void Tell(double part)
    {
        _perMille = Math.Max(_perMille, (int)(part * KeyHeader.WholeRotation));
        if (Stopwatch.GetElapsedTime(_noted) > s_noteEvery)
        {
            Note();
        }
    }

    private void Note()
    {
        _noted = Stopwatch.GetTimestamp();
        RotationNoting.TryWrite(_path, _store, KeyRotation.Resealing, _perMille);
    }

    private async ValueTask PaceAsync(long bytes)
    {
        await WaitAsync(Owe(bytes));
        _resumed = Stopwatch.GetTimestamp();
    }

    private void Pace(long bytes)
    {
        _stopping.Token.WaitHandle.WaitOne(Owe(bytes));
        _stopping.Token.ThrowIfCancellationRequested();
        _resumed = Stopwatch.GetTimestamp();
    }

    private Task WaitAsync(TimeSpan pause) => Task.Delay(pause, _stopping.Token);

    /// <summary>As long as the step was too early, and as long as it took at least: a disk or processor that is busy is left to programs.</summary>
    private TimeSpan Owe(long bytes)
    {
        double worked = Stopwatch.GetElapsedTime(_resumed).TotalSeconds;
        _owedSeconds += Math.Max(worked, (bytes / (double)_rate) - worked);
        if (_owedSeconds < LeastPauseSeconds)
        {
            return TimeSpan.Zero;
        }

        var pause = TimeSpan.FromSeconds(Math.Min(_owedSeconds, s_longestWait.TotalSeconds));
        _owedSeconds = 0;
        return pause;
    }
}
