namespace Tessera.Container.Tree;

/// <summary>A tree as of one root: immutable.</summary>
/// <param name="Height">Levels; 0: the tree is empty.</param>
/// <param name="Reference">The encoded reference of the top node; empty when the tree is.</param>
/// <param name="Leaves">Number of leaves, the bound of what a checkpoint may have to rewrite.</param>
public sealed record TreeRoot(int Height, byte[] Reference, long Leaves)
{
    public static TreeRoot Empty { get; } = new(0, [], 0);

    public bool IsEmpty => Height == 0;
}
