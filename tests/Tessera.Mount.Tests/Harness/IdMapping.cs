using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;
using System.Runtime.InteropServices;

namespace Tessera.Mount.Tests.Harness;

/// <summary>A mount shown again elsewhere with other ids (mount_setattr(2), MOUNT_ATTR_IDMAP); detached when disposed.</summary>
internal sealed partial class IdMapping : IDisposable
{
    private const int OpenTree = 428;
    private const int MoveMount = 429;
    private const int MountSetAttribute = 442;
    private const int CurrentDirectory = -100;
    private const uint CloneTree = 1;
    private const uint EmptyPath = 0x1000;
    private const uint FromEmptyPath = 4;
    private const ulong IdMapAttribute = 0x0010_0000;

    private readonly string _target;

    private IdMapping(string target) => _target = target;

    /// <param name="source">A mount point.</param>
    /// <param name="target">A directory to show it in.</param>
    /// <param name="shift">Added to the ids of the mount: who has 0 there has this here.</param>
    /// <exception cref="Win32Exception">The kernel refuses.</exception>
    public static IdMapping Create(string source, string target, uint shift)
    {
        using Process holder = Process.Start(new ProcessStartInfo("unshare", ["-U", "sleep", "30"]))!;
        try
        {
            using var space = UserNamespace(holder.Id, shift);
            int tree = Checked(syscall(OpenTree, CurrentDirectory, source, CloneTree, 0, 0), "open_tree");
            using var treeHandle = new Microsoft.Win32.SafeHandles.SafeFileHandle(tree, ownsHandle: true);
            var attributes = new MountAttributes { Set = IdMapAttribute, UserNamespace = (ulong)space.DangerousGetHandle() };
            Checked(syscall(MountSetAttribute, tree, string.Empty, EmptyPath, ref attributes, (nuint)Marshal.SizeOf<MountAttributes>()), "mount_setattr");
            Checked(syscall(MoveMount, tree, string.Empty, CurrentDirectory, target, FromEmptyPath), "move_mount");
            return new IdMapping(target);
        }
        finally
        {
            holder.Kill();
            holder.WaitForExit();
        }
    }

    public void Dispose() => Programs.Run("/", "umount", "-l", _target);

    private static Microsoft.Win32.SafeHandles.SafeFileHandle UserNamespace(int pid, uint shift)
    {
        WaitForNamespace(pid);
        string map = string.Create(CultureInfo.InvariantCulture, $"0 {shift} 65536");
        File.WriteAllText($"/proc/{pid}/uid_map", map);
        File.WriteAllText($"/proc/{pid}/gid_map", map);
        return File.OpenHandle($"/proc/{pid}/ns/user");
    }

    /// <summary>unshare(1) has a name space of its own as soon as its map of ids is empty.</summary>
    private static void WaitForNamespace(int pid)
    {
        SpinWait.SpinUntil(() => File.ReadAllText($"/proc/{pid}/uid_map").Length == 0, TimeSpan.FromSeconds(10)).ShouldBeTrue("unshare made no name space");
    }

    private static int Checked(nint result, string call) => result >= 0
        ? (int)result
        : throw new Win32Exception(Marshal.GetLastPInvokeError(), $"{call}: {Marshal.GetLastPInvokeErrorMessage()}");

    [StructLayout(LayoutKind.Sequential)]
    private struct MountAttributes
    {
        public ulong Set;
        public ulong Clear;
        public ulong Propagation;
        public ulong UserNamespace;
    }

#pragma warning disable IDE1006, SA1300 // Named as its manual page is.
    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint syscall(nint number, int directory, string path, nuint flags, nint unused1, nint unused2);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint syscall(nint number, int tree, string path, nuint flags, ref MountAttributes attributes, nuint size);

    [LibraryImport("libc", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial nint syscall(nint number, int from, string fromPath, nint to, string toPath, nuint flags);
#pragma warning restore IDE1006, SA1300
}
