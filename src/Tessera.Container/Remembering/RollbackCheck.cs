using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Sealing;

namespace Tessera.Container.Remembering;

/// <summary>Compares a volume with what is remembered of it without opening it: for who changes its keys, or looks for damage. Writes nothing to it.</summary>
public static class RollbackCheck
{
    /// <param name="medium">Through its veil, if the volume has one. It may be in use: roots are whole whenever they are read.</param>
    /// <param name="header">The volume's.</param>
    /// <param name="volumeKey">Its key.</param>
    /// <param name="options">What remembers, and whether an older state is accepted.</param>
    /// <exception cref="ContainerFormatException"><see cref="FormatFault.RolledBack"/>. Damage is not told: that is for others.</exception>
    public static void Run(IMedium medium, ContainerHeader header, ReadOnlySpan<byte> volumeKey, ContainerOptions options)
    {
        using var keys = SealingKeys.Of(medium, header, volumeKey);
        IMedium striped = ParityMedium.Over(medium, header);
        try
        {
            Run(striped, header, keys, options);
        }
        finally
        {
            (striped as ParityMedium)?.Leave(); // The medium is the caller's.
        }
    }

    private static void Run(IMedium medium, ContainerHeader header, SealingKeys keys, ContainerOptions options)
    {
        RollbackGuard? guard = RollbackGuard.Of(keys, options);
        var roots = new RootStore(medium, keys, header.Places);
        if (roots.Find() is not [var root, ..] found)
        {
            return;
        }

        CheckCounter(roots, root, options);
        if (guard is null)
        {
            return;
        }

        guard.Check(new FoundState(root, root.Sequence) { KnowsSessions = TryLoadSessions(medium, keys, root), LacksNewest = found.Count == 1 });
        guard.RememberFound(root, medium);
    }

    /// <summary>Somebody may mount the volume between the two readings, and count: what is behind the counter only then is looked at again.</summary>
    private static void CheckCounter(RootStore roots, RootRecord root, ContainerOptions options)
    {
        try
        {
            new CounterGuard(options).Check(root);
        }
        catch (ContainerFormatException) when (roots.Find() is [var newer, ..] && newer.Session != root.Session)
        {
            new CounterGuard(options).Check(newer);
        }
    }

    private static bool TryLoadSessions(IMedium medium, SealingKeys keys, RootRecord root)
    {
        try
        {
            SessionTable.Load(new ChainStore(medium, keys).Read(root.Sessions, Purposes.Sessions, root.Groups), keys, root.IsOfKeyBefore);
            return true;
        }
        catch (IOException)
        {
            return false; // Damage, which whoever opens the volume is told of.
        }
    }
}
