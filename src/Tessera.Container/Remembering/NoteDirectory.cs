using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Container.Media;
using Tessera.Container.Media.Native;

namespace Tessera.Container.Remembering;

/// <summary>Notes as files of a directory, by the calls that the medium makes too: nothing more of the runtime comes into memory for them.</summary>
/// <param name="directory">It may be missing, and then nothing is remembered.</param>
/// <param name="warn">Told of what an operator should know.</param>
public sealed class NoteDirectory(string directory, Action<string> warn) : IVolumeMemory
{
    private bool hasWarned;

    public unsafe bool TryRead(string name, Span<byte> note)
    {
        string path = Path.Combine(directory, name);
        using SafeFileHandle? file = FileMedium.OpenDescriptor(path, HostFlags.ReadOnly | HostFlags.NoFollow | HostFlags.NonBlocking | HostFlags.CloseOnExec);
        if (file is null)
        {
            int errno = Marshal.GetLastPInvokeError();
            if (errno is not (Errno.NotFound or Errno.NotADirectory))
            {
                WarnOnce(HostFault.From(errno, "read it", path));
            }

            return false;
        }

        fixed (byte* start = note)
        {
            return Libc.ReadAt(file, start, (nuint)note.Length, 0) == note.Length;
        }
    }

    public void Write(string name, ReadOnlySpan<byte> note)
    {
        string path = Path.Combine(directory, name);
        string unfinished = $"{path}.{Environment.ProcessId}";
        try
        {
            _ = Libc.Unlink(unfinished); // Left by a process that was killed here and had our number.
            WriteNew(unfinished, note);
            if (Libc.Rename(unfinished, path) != 0)
            {
                throw HostFault.From(Marshal.GetLastPInvokeError(), "give it its name", path);
            }

            FileMedium.SyncDirectoryOf(path);
            hasWarned = false;
        }
        catch (MediumException failure)
        {
            _ = Libc.Unlink(unfinished);
            WarnOnce(failure);
        }
    }

    public void Warn(string sentence) => warn(sentence);

    private static unsafe void WriteNew(string path, ReadOnlySpan<byte> note)
    {
        using SafeFileHandle file = FileMedium.OpenDescriptor(path, HostFlags.ReadWrite | HostFlags.Create | HostFlags.Exclusive | HostFlags.CloseOnExec)
            ?? throw HostFault.From(Marshal.GetLastPInvokeError(), "create it", path);
        fixed (byte* start = note)
        {
            if (Libc.WriteAt(file, start, (nuint)note.Length, 0) != note.Length || Libc.Sync(file) != 0)
            {
                throw HostFault.From(Marshal.GetLastPInvokeError(), "write it", path);
            }
        }
    }

    /// <summary>Tried again at each next time, and told once.</summary>
    private void WarnOnce(MediumException failure)
    {
        if (!hasWarned)
        {
            hasWarned = true;
            warn($"The newest state of the volume is not remembered, so that an older copy put in its place would not be noticed: {failure.Message}");
        }
    }
}
