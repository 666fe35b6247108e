using Tessera.Core.FileSystem;
using Tessera.Volumes.Inodes;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes;

public sealed partial class Volume
{
    public async ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        Inode? inode = await inodes.LoadAsync(ino);
        if (inode is null)
        {
            return FsError.Stale;
        }

        try
        {
            FsError error = CheckDirectory(caller, inode, Permissions.Read);
            if (error != FsError.None || !DirectoryCookie.IsValid(cookie))
            {
                return error != FsError.None ? error : FsError.InvalidArgument;
            }

            await lister.ListAsync(inode, cookie, sink);
            TouchAccess(inode);
            return FsError.None;
        }
        finally
        {
            inodes.Unpin(inode);
        }
    }
}
