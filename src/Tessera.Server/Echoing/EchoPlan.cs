using Tessera.Core.FileSystem;

namespace Tessera.Server.Echoing;

/// <summary>The one change that is being repeated, and all that its call will ask on its way to it.</summary>
/// <param name="Call">What the call is.</param>
/// <param name="Name">Its place.</param>
/// <param name="NewName">Of a rename.</param>
/// <param name="Target">The inode; the kernel is told this of it.</param>
internal sealed record EchoPlan(EchoCall Call, ChangedName Name, ChangedName NewName, InodeAttributes Target)
{
    private readonly Dictionary<ulong, InodeAttributes> inodes = [];
    private readonly List<(ulong Parent, byte[] Name, InodeAttributes Found)> names = [];
    private volatile bool isNameAsked;
    private volatile bool isNewNameAsked;

    /// <summary>The call asked for the names that it takes away or gives, as it does under their directories' locks: the kernel holds there what was planned. Where it did not, a
    /// program has looked one up since it was forgotten, and it is the inode which that found, alive, that the kernel would take for gone.</summary>
    public bool IsNameAsked => isNameAsked && (Call != EchoCall.Rename || isNewNameAsked);

    /// <summary>A name on the way, or that of the target.</summary>
    public void Add(ulong parent, byte[] name, in InodeAttributes found)
    {
        names.Add((parent, name, found));
        Add(found);
    }

    /// <summary>The call is about to be made, perhaps once more.</summary>
    public void Begin() => isNameAsked = isNewNameAsked = false;

    public void Add(in InodeAttributes inode) => inodes[inode.Ino] = inode;

    /// <summary>What the call is to find by a name.</summary>
    public FsResult<InodeAttributes> Find(ulong parent, ReadOnlySpan<byte> name)
    {
        isNameAsked |= Name.Parent == parent && name.SequenceEqual(Name.Name);
        isNewNameAsked |= Call == EchoCall.Rename && NewName.Parent == parent && name.SequenceEqual(NewName.Name);
        foreach ((ulong directory, byte[] known, InodeAttributes found) in names)
        {
            if (directory == parent && name.SequenceEqual(known))
            {
                return found;
            }
        }

        return new InodeAttributes { IsMomentary = true }; // What is made, or moved to, is not there yet: for this call alone.
    }

    public FsResult<InodeAttributes> Find(ulong ino) => inodes.TryGetValue(ino, out InodeAttributes found) ? found : FsError.NotPermitted;

    public bool Is(EchoCall call, ulong parent, ReadOnlySpan<byte> name) => Call == call && Name.Parent == parent && name.SequenceEqual(Name.Name);
}
