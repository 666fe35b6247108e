using Tessera.Container.Media;
using Tessera.Testing.Containers;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>The last append stays in the process until something else happens: acknowledged, and gone with a kill.</summary>
internal sealed class AppendKeptBack : PlantedBug
{
    public override IMedium Wrap(IMedium medium) => new Medium(medium);

    private sealed class Medium(IMedium inner) : MediumDecorator(inner)
    {
        private (long Offset, byte[] Data)? kept;

        public override void Read(long offset, Span<byte> buffer)
        {
            Release();
            base.Read(offset, buffer);
        }

        public override void Write(long offset, ReadOnlySpan<byte> data, WriteMode mode)
        {
            Release();
            if (mode == WriteMode.Cached)
            {
                kept = (offset, data.ToArray());
            }
            else
            {
                base.Write(offset, data, mode);
            }
        }

        public override void Flush()
        {
            Release();
            base.Flush();
        }

        private void Release()
        {
            if (kept is { } write)
            {
                kept = null;
                base.Write(write.Offset, write.Data, WriteMode.Cached);
            }
        }
    }
}
