using System.Buffers.Binary;
using Tessera.Content;
using Tessera.Core.FileSystem;
using Tessera.Volumes.Acls;
using Tessera.Volumes.Checking;

namespace Tessera.Volumes.Repairing;

/// <summary>Extended attributes: one whose value is not whole goes, and so do those of no inode. Marks follow what is left.</summary>
internal sealed class XattrRepair(RepairState state)
{
    private const int HeaderLength = 4;

    /// <summary>The zero byte and the chunk's number.</summary>
    private const int SuffixLength = 2;
    private readonly List<(byte[] Key, byte[] Value)> chunks = [];

    public HashSet<ulong> Owners { get; } = [];

    public async ValueTask RunAsync()
    {
        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync([(byte)KeyTag.Xattr]))
        {
            if (key.Length <= VolumeKeys.InoLength + SuffixLength || key[^SuffixLength] != 0)
            {
                state.Journal.Delete(key);
                continue;
            }

            if (chunks.Count > 0 && !key.AsSpan(..^1).SequenceEqual(chunks[0].Key.AsSpan(..^1)))
            {
                Judge();
            }

            chunks.Add((key, value));
        }

        Judge();
        TellLost();
        await state.Journal.CommitAsync();
    }

    private void Judge()
    {
        if (chunks.Count == 0)
        {
            return;
        }

        byte[] key = chunks[0].Key;
        ulong ino = VolumeKeys.InoOf(key);
        int index = state.Inodes.Find(ino);
        ReadOnlySpan<byte> name = VolumeKeys.XattrNameOf(key);
        AclKind? kind = AclStore.KindOf(name);
        if (index >= 0 && IsWhole() && (kind is null || IsList()))
        {
            state.Inodes[index].Traits |= name.SequenceEqual("security.capability"u8) ? InodeTraits.HasCapability : InodeTraits.None;
            state.Inodes[index].Traits |= kind switch
            {
                AclKind.Access => InodeTraits.HasAccessAcl,
                AclKind.Default => InodeTraits.HasDefaultAcl,
                _ => InodeTraits.None,
            };
            Owners.Add(ino);
        }
        else
        {
            chunks.ForEach(chunk => state.Journal.Delete(chunk.Key));
            if (index >= 0)
            {
                state.Journal.Lose(new VolumeLoss("attribute-lost", ino, Path: null, $"The extended attribute '{ShownName.Of(name)}' of inode {ino} was not whole: it is removed."));
            }
        }

        chunks.Clear();
    }

    private bool IsWhole()
    {
        if (chunks[0].Key[^1] != 0 || chunks[0].Value.Length < HeaderLength)
        {
            return false;
        }

        long expected = BinaryPrimitives.ReadUInt32LittleEndian(chunks[0].Value);
        long seen = -HeaderLength;
        for (int i = 0; i < chunks.Count; i++)
        {
            bool isNext = chunks[i].Key[^1] == i && (i == 0 || seen == (long)i * VolumeLimits.XattrChunk);
            if (!isNext)
            {
                return false;
            }

            seen += chunks[i].Value.Length;
        }

        return seen == expected && expected <= FsLimits.MaxXattrValue;
    }

    private bool IsList()
    {
        ReadOnlySpan<byte> list = chunks[0].Value.AsSpan(HeaderLength);
        return !Acl.IsEmpty(list) && Acl.Check(list) == FsError.None;
    }

    /// <summary>An inode that is marked as having attributes, of which some may be below a lost node, may have had more.</summary>
    private void TellLost()
    {
        for (int index = 0; index < state.Inodes.Count; index++)
        {
            InodeFacts facts = state.Inodes[index];
            if (facts.Marks.HasFlag(Inodes.InodeMarks.HasXattrs) && !facts.IsDeleting && state.Lost.HasPrefix(RepairState.Key(key => VolumeKeys.Xattrs(key, facts.Ino))))
            {
                state.Journal.Lose(new VolumeLoss("attributes-lost", facts.Ino, Path: null, $"Inode {facts.Ino} may have lost extended attributes."));
            }
        }
    }
}
