using System.Diagnostics;
using Tessera.Container;
using Tessera.Container.Growing;
using Tessera.Container.Media;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;

namespace Tessera.Host.Growing;

/// <summary>Grows an open volume: by the command when it is not mounted, by its daemon when it is.</summary>
internal static class GrowRun
{
    private static readonly TimeSpan s_tellEvery = TimeSpan.FromMilliseconds(500);

    /// <param name="volume">Its path.</param>
    /// <param name="store">The volume, open for writing.</param>
    /// <param name="size">Its new size limit, bytes.</param>
    /// <param name="progress">Told now and then while new room is filled with noise; what it throws ends that, and the size stays as it was.</param>
    /// <exception cref="CommandException">It cannot have that size: exit 2.</exception>
    public static async Task<GrowFacts> RunAsync(string volume, ContainerStore store, long size, Action<ControlReply> progress)
    {
        RequireDevice(volume, size);
        size = store.Header.Stripes?.LengthOn(size) ?? size; // Parity takes its share.
        long started = Stopwatch.GetTimestamp();
        long told = started;
        long before = store.Root.SizeLimit;
        try
        {
            await Task.Run(() => ContainerGrowth.Run(store, new GrowthOptions { Size = size, Progress = Tell }));
        }
        catch (GrowthException refused)
        {
            throw new CommandException(ExitCode.Usage, refused.Message, "Nothing was changed.", refused);
        }

        return new GrowFacts(before, store.Root.SizeLimit, Stopwatch.GetElapsedTime(started).TotalSeconds);

        void Tell(double part)
        {
            if (Stopwatch.GetElapsedTime(told) > s_tellEvery)
            {
                told = Stopwatch.GetTimestamp();
                progress(new ControlReply { Doing = "filling the new room with noise", Done = part });
            }
        }
    }

    private static void RequireDevice(string volume, long size)
    {
        if (!FileMedium.IsDeviceAt(volume))
        {
            return;
        }

        using FileMedium device = FileMedium.Open(volume, new FileMediumOptions { ReadOnly = true, Locked = false, DirectIo = false });
        if (size > device.Length)
        {
            throw new CommandException(ExitCode.Usage, $"{volume} has {ByteSize.Format((ulong)device.Length)}, not {ByteSize.Format((ulong)size)}.", "Make the device larger first, as with lvextend.");
        }
    }
}
