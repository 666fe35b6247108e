using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Veiling;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>Damages some slots of each stripe of a volume with parity: a bit flips, they are noise, zeros, or cannot be read.</summary>
internal sealed class StripeDamage
{
    private const int Slot = Geometry.SlotSize;
    private readonly TestContainer container;
    private readonly StripeLayout layout;
    private readonly StripeMap map;
    private readonly long[] stripes;

    /// <param name="container">The kind of container.</param>
    /// <param name="image">Of a volume that is whole.</param>
    public StripeDamage(TestContainer container, DiskImage image)
    {
        this.container = container;
        using SimulatedMedium disk = new SimulatedDisk(image, TestContainer.Disk(1)).Open(readOnly: true);
        IMedium medium = container.Wrap(disk);
        layout = ContainerHeader.Read(VeiledMedium.Lift(medium, TestContainer.Key), forWriting: false).Stripes!;
        map = new StripeMap(layout);
        HashSet<long> reserved = [.. map.Reserved(medium.Length / Slot)];
        stripes = [.. Enumerable.Range(0, (int)(layout.LengthOn(medium.Length) / layout.StripeBytes)).Select(stripe => (long)stripe).Where(stripe => !reserved.Contains(stripe))];
    }

    public int Stripes => stripes.Length;

    /// <summary>Draws slots of every stripe.</summary>
    /// <param name="random">Decides.</param>
    /// <param name="count">How many of which stripe, by its place among all.</param>
    /// <param name="not">Those of each stripe that are not drawn; null: all may be.</param>
    public int[][] Draw(Random random, Func<int, int> count, int[][]? not = null)
    {
        int[][] drawn = new int[stripes.Length][];
        for (int i = 0; i < drawn.Length; i++)
        {
            int[] fragments = [.. Enumerable.Range(0, layout.Width).Except(not is null ? [] : not[i])];
            random.Shuffle(fragments);
            drawn[i] = fragments[..count(i)];
        }

        return drawn;
    }

    /// <summary>Damages what was drawn.</summary>
    /// <returns>Slots of the disk that cannot be read, for <see cref="UnreadableSlots"/>; none when <paramref name="anyKind"/> is false.</returns>
    public HashSet<long> Do(DiskImage image, Random random, int[][] drawn, bool anyKind = true)
    {
        var unreadable = new HashSet<long>();
        byte[] noise = new byte[Slot];
        for (int i = 0; i < drawn.Length; i++)
        {
            foreach (int fragment in drawn[i])
            {
                long offset = OnDisk(map.Place(stripes[i], fragment) * Slot);
                switch (random.Next(anyKind ? 4 : 3))
                {
                    case 0:
                        image.FlipBit(offset + random.Next(Slot), random.Next(8));
                        break;
                    case 1:
                        image.Write(offset, new byte[Slot]);
                        break;
                    case 2:
                        random.NextBytes(noise);
                        image.Write(offset, noise);
                        break;
                    default:
                        unreadable.Add(offset / Slot);
                        break;
                }
            }
        }

        return unreadable;
    }

    /// <summary>Where an offset of a folder's medium lies on the disk that its files are cut out of.</summary>
    private long OnDisk(long offset)
    {
        if (container.FileBytes == 0)
        {
            return offset;
        }

        (long file, long within) = Math.DivRem(offset, container.FileBytes - FolderMedium.StampPage);
        return (file * container.FileBytes) + FolderMedium.StampPage + within;
    }
}
