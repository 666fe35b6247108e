using System.Security.Cryptography;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Sealing;
using Tessera.Crypto;

namespace Tessera.Container.Remembering;

/// <summary>Compares a volume with the newest state of it that was seen, and remembers newer ones (docs/format/memory.md).</summary>
internal sealed class RollbackGuard
{
    private const string NamePurpose = "tessera memory name";
    private const string NotePurpose = "tessera memory";
    private const int NoteSize = SealingKeys.SaltLength + Geometry.TagSize + VolumeState.Size;

    private readonly SealingKeys keys;
    private readonly IVolumeMemory memory;
    private readonly bool accepts;
    private readonly string name;

    /// <summary>The name that the volume key before gives the note, while that key still opens the volume; null at all other times.</summary>
    private readonly string? nameBefore;
    private VolumeState? seen;

    private RollbackGuard(SealingKeys keys, IVolumeMemory memory, bool accepts)
    {
        this.keys = keys;
        this.memory = memory;
        this.accepts = accepts;
        name = Convert.ToHexStringLower(keys.NameFor(NamePurpose));
        nameBefore = keys.KeyBefore is null ? null : Convert.ToHexStringLower(keys.NameFor(NamePurpose, before: true));
        seen = Read(name, keys.OneTime) ?? (nameBefore is null ? null : Read(nameBefore, keys.OneTimeBefore));
    }

    /// <summary>Reads what is remembered, which must come before the volume itself is read: somebody else may have it open and go on. Null where nothing is to be remembered.</summary>
    public static RollbackGuard? Of(SealingKeys keys, ContainerOptions options) =>
        options.Memory is { } memory ? new RollbackGuard(keys, memory, options.AcceptRollback) : null;

    /// <exception cref="ContainerFormatException"><see cref="FormatFault.RolledBack"/>.</exception>
    public void Check(FoundState found)
    {
        if (!accepts && seen is { } noted && Compare(noted, found) is { } difference)
        {
            throw new ContainerFormatException(FormatFault.RolledBack, $"{difference} Seen here: {noted.Described}; found: {VolumeState.Describe(found.Root)}.");
        }
    }

    /// <summary>Remembers a root that is durable, unless it is no later than what is remembered.</summary>
    public void Remember(RootRecord root)
    {
        if (seen is { } noted && noted.Session == root.Session && noted.Generation >= root.Generation && !accepts)
        {
            return;
        }

        Write(root);
    }

    /// <summary>The same of a root that was found: it may be in the host's cache only, until the medium is flushed.</summary>
    public void RememberFound(RootRecord root, IMedium medium)
    {
        if (seen is { } noted && noted.Generation >= root.Generation && !accepts)
        {
            return;
        }

        try
        {
            medium.Flush();
            Write(root);
        }
        catch (MediumException failure)
        {
            memory.Warn($"This state of the volume is not remembered: {failure.Message}");
        }
    }

    /// <summary>Why what was found does not come after what was seen; null when it does.</summary>
    private string? Compare(VolumeState noted, FoundState found)
    {
        const string Older = "The volume is older than it was when it was last seen here: an older copy of it has been put back.";
        const string Other = "The volume is not what the one seen here has become: a copy of it that went another way has been put in its place.";
        RootRecord root = found.Root;
        if (found.KnowsSessions && !(keys.SaltOf(noted.Session) is { } salt && salt.AsSpan().SequenceEqual(noted.Salt)))
        {
            return root.Session < noted.Session ? Older : Other;
        }

        if (root.Session != noted.Session)
        {
            return root.Generation > noted.Generation ? null : root.Session < noted.Session ? Older : Other;
        }

        bool isWhole = root.Generation >= noted.Generation
            || found.Sequence >= noted.Sequence
            || (found.LacksNewest && root.Generation + 1 == noted.Generation);
        return isWhole ? null : Older;
    }

    private void Write(RootRecord root)
    {
        if (keys.SaltOf(root.Session) is not { } sessionSalt)
        {
            return; // Its session table is damaged: there is nothing to know its line by.
        }

        var state = new VolumeState(root.Generation, root.Sequence, root.Session, sessionSalt, root.VolumeClock);
        if (seen is { } noted && noted.Generation == state.Generation && noted.Session == state.Session)
        {
            return;
        }

        Write(name, state, keys.OneTime);
        if (nameBefore is not null && keys.KeyBefore is not null)
        {
            Write(nameBefore, state, keys.OneTimeBefore); // So what the key before opens from now on is known to be older.
        }

        seen = state;
    }

    private void Write(string under, VolumeState state, NoteSealer derive)
    {
        byte[] note = new byte[NoteSize];
        Span<byte> salt = note.AsSpan(0, SealingKeys.SaltLength);
        Span<byte> body = note.AsSpan(SealingKeys.SaltLength + Geometry.TagSize);
        RandomNumberGenerator.Fill(salt);
        state.Encode(body);
        using (UnitSealer sealer = derive(salt, NotePurpose))
        {
            sealer.Seal(0, keys.RootContext, body, body, note.AsSpan(SealingKeys.SaltLength, Geometry.TagSize));
        }

        memory.Write(under, note);
    }

    private VolumeState? Read(string under, NoteSealer derive)
    {
        byte[] note = new byte[NoteSize];
        if (!memory.TryRead(under, note))
        {
            return null;
        }

        Span<byte> body = note.AsSpan(SealingKeys.SaltLength + Geometry.TagSize);
        using UnitSealer sealer = derive(note.AsSpan(0, SealingKeys.SaltLength), NotePurpose);
        VolumeState? state = sealer.TryOpen(0, keys.RootContext, body, note.AsSpan(SealingKeys.SaltLength, Geometry.TagSize), body) ? VolumeState.Decode(body) : null;
        if (state is null)
        {
            memory.Warn($"What is remembered of this volume ({under}) does not open: somebody has changed it, or the disk has. The volume is not compared with it.");
        }

        return state;
    }

    /// <summary>A sealer under one of the keys, for a salt and a purpose.</summary>
    private delegate UnitSealer NoteSealer(ReadOnlySpan<byte> salt, string purpose);
}
