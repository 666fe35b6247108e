using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Space;
using Tessera.Container.Veiling;

namespace Tessera.Container.Growing;

/// <summary>Gives an open container a larger size limit while it is used (docs/format/container.md, Growing).</summary>
/// <remarks>The order is all there is to it: the medium is as long as it will be and, of profile scattered, noise, before a root says the new size; and both kept roots
/// say it before anything is allocated beyond the old one. So whichever root a crash leaves, all that it and its log name lies within what it says.</remarks>
public static class ContainerGrowth
{
    /// <summary>New room is added, filled and made durable so much at a time: a crash leaves no more than this that is not noise.</summary>
    private const long StepBytes = Geometry.GroupSize;

    /// <summary>Both kept roots.</summary>
    private const int Roots = 2;

    /// <summary>Grows the container; durable when this returns.</summary>
    /// <exception cref="GrowthException">It cannot have that size. Nothing was changed.</exception>
    /// <exception cref="MediumException">The host has no room, or the medium failed: the container has its old size.</exception>
    /// <exception cref="IOException">The container turned read-only on the way. It has the old or the new size when it is opened again.</exception>
    public static void Run(ContainerStore store, GrowthOptions options)
    {
        ContainerParts parts = store.Parts;
        if (!parts.Space.GrowthGate.TryEnter())
        {
            throw new GrowthException("The volume is being grown already. Wait until that has ended.");
        }

        try
        {
            ThrowIfUnfit(store, options.Size);
            options = options with { Size = WholeStripes(parts.Space, store.Root.SizeLimit, options.Size) };
            if (parts.Header.Profile == ContainerProfile.Scattered)
            {
                AddNoise(parts.Medium, store.Root.SizeLimit, options);
            }

            parts.Space.Promise(options.Size);
            ContainerFormatter.WipeOrdinaryHeader(parts.Medium, parts.Header.Places); // Before a root says that the medium is that long.
            for (int root = 0; root < Roots; root++)
            {
                store.Checkpoint();
            }

            if (store.Fault is { } fault)
            {
                throw new IOException($"The volume turned read-only while it was grown: {fault.Message}", fault);
            }

            parts.Space.KeepPromise();
            if (parts.Header.Profile == ContainerProfile.Scattered)
            {
                parts.Space.AdoptAll();
            }

            ContainerOpener.SetReserve(parts.Space);
        }
        finally
        {
            parts.Space.GrowthGate.Exit();
        }
    }

    /// <summary>With parity the size is one of whole stripes; otherwise as it was asked for.</summary>
    private static long WholeStripes(SpaceMap space, long now, long wanted)
    {
        long stripe = (long)space.Stripe * Geometry.SlotSize;
        return space.Stripe == 1 ? wanted : Math.Max(now, wanted / stripe * stripe);
    }

    private static void ThrowIfUnfit(ContainerStore store, long size)
    {
        long now = store.Root.SizeLimit;
        string? reason =
            store.IsReadOnly ? "The volume is open for reading only."
            : now == 0 ? "The volume has no size limit: it grows by itself as long as the disk beneath has room."
            : size < now ? $"The volume has {now} bytes, and cannot become smaller."
            : size > Geometry.MaxGroups * Geometry.GroupSize ? $"A volume has at most {Geometry.MaxGroups * Geometry.GroupSize >> 40} TiB."
            : null;
        if (reason is not null)
        {
            throw new GrowthException(reason);
        }
    }

    private static void AddNoise(IMedium medium, long oldSize, GrowthOptions options)
    {
        long from = SlotsBefore(oldSize);
        long to = SlotsBefore(options.Size);
        if (to - medium.Length > medium.HostFreeBytes)
        {
            throw new MediumException(MediumFault.NoSpace, $"The disk beneath has {medium.HostFreeBytes} bytes free, and {to - medium.Length} are needed.");
        }

        // Also where an attempt that was cut short has made the medium longer: nobody knows how far it had come.
        for (long at = from; at < to; at += StepBytes)
        {
            long end = Math.Min(at + StepBytes, to);
            if (end > medium.Length)
            {
                medium.Grow(end);
            }

            long begun = at - from;
            end = end == to ? Math.Max(to, medium.Length) : end; // A folder grows by whole files: to the end of the last.
            Noise.Fill(medium, at, end, part => options.Progress?.Invoke((begun + (part * (end - (from + begun)))) / (to - from)));
            medium.Flush();
        }
    }

    private static long SlotsBefore(long size) => size / Geometry.SlotSize * Geometry.SlotSize;
}
