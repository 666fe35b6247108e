using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>New key slots reach the disk when the volume that was opened with them is closed, and no sooner, whatever is flushed: everything is sealed under a key that
/// nothing on the disk opens.</summary>
internal sealed class KeySlotsLate : PlantedBug
{
    private readonly SortedDictionary<long, byte[]> kept = [];
    private int opened;

    public override IMedium Wrap(IMedium medium) => new Medium(medium, kept, isFirst: opened++ == 0);

    private sealed class Medium(IMedium inner, SortedDictionary<long, byte[]> kept, bool isFirst) : MediumDecorator(inner)
    {
        private readonly IMedium inner = inner;

        public override void Read(long offset, Span<byte> buffer)
        {
            inner.Read(offset, buffer);
            if (kept.TryGetValue(offset, out byte[]? late))
            {
                late.AsSpan(0, Math.Min(late.Length, buffer.Length)).CopyTo(buffer);
            }
        }

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            // Here is the bug.
            if (offset == FixedPlaces.Ordinary.KeySlotsOffset(0) || offset == FixedPlaces.Ordinary.KeySlotsOffset(1))
            {
                kept[offset] = data.ToArray();
                return;
            }

            inner.Write(offset, data, mode);
        }

        protected override void Dispose(bool disposing)
        {
            if (disposing && !isFirst)
            {
                foreach ((long offset, byte[] data) in kept)
                {
                    inner.Write(offset, data, WriteMode.Durable);
                }

                kept.Clear();
            }

            base.Dispose(disposing);
        }
    }
}
