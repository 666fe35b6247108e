using System.Runtime.InteropServices;

namespace Tessera.Host.Native;

/// <summary>fsync(2) of a directory: a new name in it is durable only then.</summary>
internal static class DirectorySync
{
    /// <exception cref="IOException">The disk failed.</exception>
    public static void Flush(string directory)
    {
        int descriptor = Libc.Open(directory, Libc.O_CLOEXEC);
        if (descriptor < 0)
        {
            throw new IOException($"{directory} could not be opened: {Libc.Describe(Marshal.GetLastPInvokeError())}.");
        }

        int errno = Libc.Sync(descriptor) == 0 ? 0 : Marshal.GetLastPInvokeError();
        _ = Libc.Close(descriptor);
        if (errno is not (0 or Libc.EINVAL)) // EINVAL: a file system whose directories have nothing to sync.
        {
            throw new IOException($"{directory} could not be made durable: {Libc.Describe(errno)}.");
        }
    }
}
