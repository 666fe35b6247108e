using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>Gives an inode of the target what its source has besides content: owner, extended attributes and access control lists, mode, times.</summary>
internal sealed class AttributeCopier(CopyPlace source, CopyPlace target, CopyTally tally)
{
    private readonly XattrList wanted = new();
    private readonly XattrList there = new();
    private readonly byte[] value = new byte[FsLimits.MaxXattrValue];
    private readonly byte[] valueThere = new byte[FsLimits.MaxXattrValue];

    /// <summary>The owner of what is made for an entry.</summary>
    public Caller Maker(TreeEntry entry) =>
        target.KeepsOwners ? target.Caller with { Uid = entry.Source.Uid, Gid = entry.Source.Gid, Umask = 0 } : target.Caller;

    /// <summary>Owner first, because chown(2) takes suid and capabilities away, and times last.</summary>
    /// <exception cref="CopyException">It must not be given its name like this.</exception>
    public async ValueTask ApplyAsync(TreeEntry entry, ulong ino, InodeAttributes now)
    {
        InodeAttributes from = entry.Source;
        await GiveToOwnerAsync(entry, ino, now);
        await CopyXattrsAsync(entry, ino);
        var changes = new AttributeChanges
        {
            Mask = AttributeMask.AccessTime | AttributeMask.ModifyTime | (ModeBits.IsSymlink(from.Mode) ? AttributeMask.None : AttributeMask.Mode),
            Mode = from.Mode & ModeBits.PermissionMask,
            AccessTime = from.AccessTime,
            ModifyTime = from.ModifyTime,
        };
        FsResult<InodeAttributes> set = await target.Files.SetAttributesAsync(target.Caller, ino, changes);
        if (!set.Ok)
        {
            throw CopyException.OfTarget("cannot be given its mode and times", set.Error);
        }

        tally.Flagged += from.Flags == InodeFlags.None ? 0 : 1;
    }

    /// <summary>The first attribute that differs, as a sentence; null when none does. Change and birth times are the target's own, access times change by reading.</summary>
    public async ValueTask<string?> CompareAsync(TreeEntry entry, InodeAttributes now)
    {
        InodeAttributes from = entry.Source;
        if (from.Mode != now.Mode && !ModeBits.IsSymlink(from.Mode))
        {
            return $"has mode {Convert.ToString(now.Mode, 8)} instead of {Convert.ToString(from.Mode, 8)}";
        }

        if (target.KeepsOwners && (from.Uid, from.Gid) != (now.Uid, now.Gid))
        {
            return $"belongs to {now.Uid}:{now.Gid} instead of {from.Uid}:{from.Gid}";
        }

        if (from.Rdev != now.Rdev)
        {
            return "is another device";
        }

        if (from.ModifyTime != now.ModifyTime)
        {
            return "has another modification time: it was changed meanwhile, or the target keeps times less exactly";
        }

        return await CompareXattrsAsync(entry, now.Ino);
    }

    private async ValueTask GiveToOwnerAsync(TreeEntry entry, ulong ino, InodeAttributes now)
    {
        if ((entry.Source.Uid, entry.Source.Gid) == (now.Uid, now.Gid))
        {
            return;
        }

        if (!target.KeepsOwners)
        {
            tally.Disowned++;
            return;
        }

        var owner = new AttributeChanges { Mask = AttributeMask.Uid | AttributeMask.Gid, Uid = entry.Source.Uid, Gid = entry.Source.Gid };
        FsResult<InodeAttributes> set = await target.Files.SetAttributesAsync(target.Caller, ino, owner);
        if (!set.Ok)
        {
            throw CopyException.OfTarget($"cannot be given to {entry.Source.Uid}:{entry.Source.Gid}", set.Error);
        }
    }

    private async ValueTask CopyXattrsAsync(TreeEntry entry, ulong ino)
    {
        await wanted.ReadAsync(source, entry.Source.Ino);
        await there.ReadAsync(target, ino);
        foreach (byte[] name in there.Names)
        {
            // A list that a directory of the target gave to what was made in it.
            if (IsOurs(name) && !wanted.Contains(name))
            {
                FsError removed = await target.Files.RemoveXattrAsync(target.Caller, ino, name);
                Check(name, removed == FsError.NoData ? FsError.None : removed);
            }
        }

        foreach (byte[] name in wanted.Names)
        {
            FsResult<int> length = await source.Files.GetXattrAsync(source.Caller, entry.Source.Ino, name, value);
            if (length.Error is FsError.NoData)
            {
                continue;
            }

            Check(name, length.Ok
                ? await target.Files.SetXattrAsync(target.Caller, ino, name, value.AsMemory(0, length.Value), XattrFlags.None)
                : throw new CopyException($"has an extended attribute {TreeEntry.Shown(name)} that cannot be read", length.Error));
        }
    }

    /// <summary>What the target does not know, or does not let this user set, is told of when the copy is verified; anything else is a failure.</summary>
    private static void Check(byte[] name, FsError error)
    {
        if (error != FsError.None && !IsRefusal(error))
        {
            throw CopyException.OfTarget($"cannot be given its extended attribute {TreeEntry.Shown(name)}", error);
        }
    }

    private static bool IsRefusal(FsError error) => error is FsError.NotSupported or FsError.NotPermitted or FsError.AccessDenied;

    private async ValueTask<string?> CompareXattrsAsync(TreeEntry entry, ulong ino)
    {
        await wanted.ReadAsync(source, entry.Source.Ino);
        await there.ReadAsync(target, ino);
        foreach (byte[] name in there.Names)
        {
            if (IsOurs(name) && !wanted.Contains(name))
            {
                return $"has an extended attribute {TreeEntry.Shown(name)} that its source has not";
            }
        }

        foreach (byte[] name in wanted.Names)
        {
            FsResult<int> left = await source.Files.GetXattrAsync(source.Caller, entry.Source.Ino, name, value);
            if (!there.Contains(name) && left.Ok)
            {
                // Whether it was refused, by this run or an earlier one, or was lost, is told by trying again.
                FsError again = await target.Files.SetXattrAsync(target.Caller, ino, name, value.AsMemory(0, left.Value), XattrFlags.Create);
                if (!IsRefusal(again))
                {
                    return $"lacked its extended attribute {TreeEntry.Shown(name)}";
                }

                tally.LeaveOut(entry.Path, $"cannot keep its extended attribute {TreeEntry.Shown(name)} there");
                continue;
            }

            FsResult<int> right = await target.Files.GetXattrAsync(target.Caller, ino, name, valueThere);
            if (!left.Ok || !right.Ok || !value.AsSpan(0, left.Value).SequenceEqual(valueThere.AsSpan(0, right.Value)))
            {
                return $"has another extended attribute {TreeEntry.Shown(name)}";
            }
        }

        return null;
    }

    /// <summary>Attributes that only appear because somebody set them; a kernel adds labels of its own (security.*).</summary>
    private static bool IsOurs(ReadOnlySpan<byte> name) =>
        name.StartsWith("user."u8) || name.StartsWith("trusted."u8) || name.StartsWith("system.posix_acl_"u8);
}
