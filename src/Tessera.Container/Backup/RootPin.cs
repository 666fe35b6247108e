using Tessera.Container.Format;
using Tessera.Container.Tree;

namespace Tessera.Container.Backup;

/// <summary>A root that is kept: everything it refers to stays on the medium, while commits and checkpoints go on, until this is disposed.</summary>
/// <remarks>The volume comes first: when it runs out of space the pin is lost. Whoever reads slots under a pin checks <see cref="IsHeld"/>
/// after the read: if it still holds, what was read is the root's.</remarks>
public sealed class RootPin : IDisposable
{
    private readonly Action<RootPin> release;
    private volatile bool isHeld = true;

    internal RootPin(RootRecord root, ulong blockFloor, Action<RootPin> release)
    {
        Root = root;
        BlockFloor = blockFloor;
        this.release = release;
    }

    public RootRecord Root { get; }

    public TreeRoot Tree => new(Root.TreeHeight, Root.Tree, Root.Leaves);

    /// <summary>Blocks of a later root with a birth below it belong to this root too.</summary>
    public ulong BlockFloor { get; }

    public bool IsHeld => isHeld;

    /// <summary>Nobody holds a root from before this one.</summary>
    internal bool IsOldest => Among?.Needs(Root.Generation) != true;

    /// <summary>All that are held; null in a store that writes nothing.</summary>
    internal RootPins? Among { get; set; }

    public void Dispose()
    {
        if (isHeld)
        {
            isHeld = false;
            release(this);
        }
    }

    internal void Lose() => isHeld = false;
}
