using System.Collections.Concurrent;
using System.Runtime.InteropServices;
using Tessera.Core.FileSystem;
using Tessera.Host.Native;

namespace Tessera.Server.Echoing;

/// <summary>The repeating process: makes calls in mounts of the server that started it, on one thread for each mount, and answers with what came of them.</summary>
/// <remarks>A process of its own, without the mounts' /dev/fuse: a thread of the server that waits in one of its own mounts could not be ended with it.</remarks>
internal static unsafe class EchoProcess
{
    /// <summary>Its only argument.</summary>
    public const string Argument = "repeat-changes";

    private const int NotAllowed = 1; // EPERM

    /// <summary>Until its standard input ends.</summary>
    public static int Run()
    {
        using var reader = new BinaryReader(Console.OpenStandardInput());
        using var writer = new BinaryWriter(Console.OpenStandardOutput());
        var threads = new Dictionary<int, BlockingCollection<EchoRequest>>();
        try
        {
            while (true)
            {
                EchoRequest request = EchoRequest.ReadFrom(reader);
                if (!threads.TryGetValue(request.Workspace, out BlockingCollection<EchoRequest>? queue))
                {
                    queue = [];
                    threads.Add(request.Workspace, queue);
                    new Thread(() => RepeatAll(queue, writer), maxStackSize: 256 << 10) { IsBackground = true, Name = "repeat" }.Start();
                }

                queue.Add(request);
                if (request.Call == EchoCall.End)
                {
                    queue.CompleteAdding();
                    threads.Remove(request.Workspace);
                }
            }
        }
        catch (EndOfStreamException)
        {
            return 0;
        }
    }

    private static void RepeatAll(BlockingCollection<EchoRequest> queue, BinaryWriter writer)
    {
        foreach (EchoRequest request in queue.GetConsumingEnumerable().TakeWhile(request => request.Call != EchoCall.End))
        {
            // A call of a thread that the mount does not know would be done at the client.
            int error = request.Call == EchoCall.None ? 0 : request.Thread == EchoLibc.ThreadId() ? Repeat(request) : NotAllowed;
            lock (writer)
            {
                writer.Write(request.Workspace);
                writer.Write(EchoLibc.ThreadId());
                writer.Write(error);
                writer.Flush();
            }
        }
    }

    /// <summary>0, or an errno.</summary>
    private static int Repeat(EchoRequest request)
    {
        int root = EchoLibc.Open(request.MountPoint, EchoLibc.PathOnly | EchoLibc.Directory | EchoLibc.NoFollow | EchoLibc.CloseOnExec);
        if (root < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        using var owner = new Microsoft.Win32.SafeHandles.SafeFileHandle(root, ownsHandle: true);
        if (FileIdentity.Of(owner) is not { DeviceMajor: 0 } identity || identity.DeviceMinor != request.Device)
        {
            return NotAllowed; // Another mount is there, or none.
        }

        int directory = OpenDirectory(root, request.Name.ParentPath);
        int other = request.Call == EchoCall.Rename && directory >= 0 ? OpenDirectory(root, request.NewName.ParentPath) : directory;
        int error = directory < 0 || other < 0 ? Marshal.GetLastPInvokeError() : Repeat(request, directory, other);
        Close(directory);
        if (other != directory)
        {
            Close(other);
        }

        return error;
    }

    private static void Close(int directory)
    {
        if (directory >= 0)
        {
            _ = EchoLibc.Close(directory);
        }
    }

    private static int OpenDirectory(int root, byte[] path)
    {
        fixed (byte* name = Terminated(path.Length == 0 ? "."u8 : path))
        {
            return EchoLibc.OpenBeneath(root, name, EchoLibc.PathOnly | EchoLibc.Directory | EchoLibc.NoFollow | EchoLibc.CloseOnExec);
        }
    }

    private static int Repeat(EchoRequest request, int directory, int other)
    {
        fixed (byte* name = Terminated(request.Name.Name), newName = Terminated(request.NewName.Name), target = "x\0"u8)
        {
            int outcome = request.Call switch
            {
                EchoCall.Make when ModeBits.IsDirectory(request.Mode) => EchoLibc.MakeDirectory(directory, name, request.Mode & ModeBits.RightsMask),
                EchoCall.Make when (request.Mode & ModeBits.TypeMask) == ModeBits.Symlink => EchoLibc.Symlink(target, directory, name),
                EchoCall.Make => EchoLibc.MakeNode(directory, name, request.Mode & (ModeBits.TypeMask | ModeBits.RightsMask), 0),
                EchoCall.Remove => EchoLibc.Unlink(directory, name, ModeBits.IsDirectory(request.Mode) ? EchoLibc.RemoveDirectory : 0),
                EchoCall.Rename => EchoLibc.Rename(directory, name, other, newName),
                EchoCall.Write => OpenAndClose(directory, name),
                _ => Date(request, directory, name),
            };
            return outcome >= 0 ? 0 : Marshal.GetLastPInvokeError();
        }
    }

    private static int OpenAndClose(int directory, byte* name)
    {
        int opened = EchoLibc.OpenBeneath(directory, name, EchoLibc.WriteOnly | EchoLibc.NonBlocking | EchoLibc.NoFollow | EchoLibc.CloseOnExec);
        return opened < 0 ? opened : EchoLibc.Close(opened);
    }

    private static int Date(EchoRequest request, int directory, byte* name)
    {
        long* times = stackalloc long[4] { request.Modified.Seconds, request.Modified.Nanoseconds, request.Modified.Seconds, request.Modified.Nanoseconds };
        times[1] = request.Call == EchoCall.Modify ? EchoLibc.TimeOmit : times[1];
        return EchoLibc.ChangeTimes(directory, name, times, EchoLibc.AtNoFollow);
    }

    private static byte[] Terminated(ReadOnlySpan<byte> name) => [.. name, 0];
}
