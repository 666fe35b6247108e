using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Server;

/// <summary>An importer lists directories without opening them. They are opened here, so that those beneath who judge by that, and write it down, are asked.</summary>
internal sealed class OpenedListings(IFileSystem inner) : ForwardingFileSystem(inner)
{
    public override async ValueTask<FsError> ReadDirectoryAsync(Caller caller, ulong ino, ulong cookie, IDirectorySink sink)
    {
        FsResult<ulong> opened = await Inner.OpenDirectoryAsync(caller, ino).ConfigureAwait(false);
        if (!opened.Ok)
        {
            return opened.Error;
        }

        FsError error = await Inner.ReadDirectoryAsync(caller, ino, cookie, sink).ConfigureAwait(false);
        _ = await Inner.ReleaseDirectoryAsync(ino, opened.Value).ConfigureAwait(false);
        return error;
    }
}
