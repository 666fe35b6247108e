using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Fuse.Tests;

/// <summary>inotify(7) on a path: what the kernel tells of it.</summary>
internal sealed unsafe partial class Watch : IDisposable
{
    private const int NonBlocking = 0x800;
    private const uint All = 0xFFF;
    private const int HeaderSize = 16;

    private static readonly (uint Bit, string Name)[] s_names =
    [
        (0x1, "ACCESS"), (0x2, "MODIFY"), (0x4, "ATTRIB"), (0x8, "CLOSE_WRITE"), (0x10, "CLOSE_NOWRITE"), (0x20, "OPEN"), (0x40, "MOVED_FROM"), (0x80, "MOVED_TO"),
        (0x100, "CREATE"), (0x200, "DELETE"), (0x400, "DELETE_SELF"), (0x800, "MOVE_SELF"), (0x2000, "UNMOUNT"), (0x4000, "Q_OVERFLOW"), (0x8000, "IGNORED"),
    ];

    private readonly int _queue = Init(NonBlocking);

    public Watch(string path)
    {
        fixed (byte* name = Sys.Path(path))
            Add(_queue, name, All).ShouldBeGreaterThan(0);
    }

    /// <summary>What has come since it was last asked: events are in the queue when the call that raises them returns.</summary>
    public string Take()
    {
        var buffer = stackalloc byte[4096];
        var count = (int)Sys.Read(_queue, buffer, 4096);
        var events = new List<string>();
        for (var i = 0; i < count;)
        {
            var mask = *(uint*)(buffer + i + 4);
            var length = *(int*)(buffer + i + 12);
            var name = Encoding.UTF8.GetString(buffer + i + HeaderSize, length).TrimEnd('\0');
            events.Add(string.Join('+', s_names.Where(known => (mask & known.Bit) != 0).Select(known => known.Name)) + (name.Length > 0 ? $" {name}" : string.Empty));
            i += HeaderSize + length;
        }

        return string.Join(", ", events);
    }

    public void Dispose() => _ = Sys.Close(_queue);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Init(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", SetLastError = true)]
    private static partial int Add(int queue, byte* path, uint mask);
}
