using Tessera.Content;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Stores;

namespace Tessera.Simulation.Tests.Planted;

/// <summary>A flush stores the file's new length before its bytes, by a commit of its own.</summary>
internal sealed class LengthBeforeBytes : PlantedBug
{
    public override IVolumeStore Wrap(IVolumeStore store) => new Store(store);

    private sealed class Store(IVolumeStore inner) : VolumeStoreDecorator(inner)
    {
        public override async ValueTask<CommitResult> CommitAsync(StoreBatch batch)
        {
            StoreBatch extents = Part(batch, static operation => operation.Kind == StoreBatch.Kind.Put && operation.Key[0] == (byte)KeyTag.Extent);
            if (extents.Count > 0)
            {
                await base.CommitAsync(Part(batch, static operation => operation.Kind == StoreBatch.Kind.Put && operation.Key[0] == (byte)KeyTag.Inode));
            }

            return await base.CommitAsync(batch);
        }
    }
}
