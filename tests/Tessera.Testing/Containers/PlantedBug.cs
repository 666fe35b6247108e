using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Core.Stores;

namespace Tessera.Testing.Containers;

/// <summary>A mistake put between a container and its disk or its user, to show that a campaign finds such mistakes. This one is none.</summary>
public class PlantedBug
{
    public static PlantedBug None { get; } = new();

    /// <summary>What the container is to take for the medium.</summary>
    public virtual IMedium Wrap(IMedium medium) => medium;

    /// <summary>What the volume is to take for its store.</summary>
    public virtual IVolumeStore Wrap(IVolumeStore store) => store;

    public virtual void MakeDurable(ContainerStore store, ulong sequence) => Now.Do(store.MakeDurableAsync(sequence));

    /// <summary>So many operations of the disk before the root that it is of is durable, a note is written (docs/format/memory.md).</summary>
    public virtual int NotesAhead => 0;

    public virtual void Grow(StoreWorkload workload) => workload.Grow();

    /// <summary>A commit has released the block.</summary>
    public virtual void Released(ContainerStore store, BlockReference block)
    {
    }
}
