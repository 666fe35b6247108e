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

    /// <summary>A name on the way, or that of the target.</summary>
    public void Add(ulong parent, byte[] name, in InodeAttributes found)
    {
        names.Add((parent, name, found));
        Add(found);
    }

    public void Add(in InodeAttributes inode) => inodes[inode.Ino] = inode;

    /// <summary>What the call is to find by a name.</summary>
    public FsResult<InodeAttributes> Find(ulong parent, ReadOnlySpan<byte> name)
    {
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
