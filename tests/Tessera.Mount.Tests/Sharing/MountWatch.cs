using System.Diagnostics;
using System.Runtime.InteropServices;
using System.Text;

namespace Tessera.Mount.Tests.Sharing;

/// <summary>inotify(7) on paths of a mount, as any program would use it.</summary>
internal sealed unsafe partial class MountWatch : IDisposable
{
    private const int NonBlocking = 0x800;
    private const uint Interesting = 0xFCE; // Everything but that something was read, opened, or closed unwritten.
    private const int HeaderSize = 16;
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(20);

    private static readonly (uint Bit, string Name)[] Names =
    [
        (0x2, "MODIFY"), (0x4, "ATTRIB"), (0x8, "CLOSE_WRITE"), (0x40, "MOVED_FROM"), (0x80, "MOVED_TO"), (0x100, "CREATE"), (0x200, "DELETE"), (0x400, "DELETE_SELF"),
        (0x800, "MOVE_SELF"),
    ];

    private readonly int queue = Init(NonBlocking);
    private readonly Dictionary<int, string> paths = [];

    public List<string> Heard { get; } = [];

    public void Add(string path, string shown) => paths[Add(queue, path, Interesting)] = shown;

    /// <summary>Hears until all that is expected has come: "EVENT path/name".</summary>
    /// <returns>How long that took.</returns>
    public TimeSpan Hear(params string[] expected)
    {
        Heard.Clear();
        var since = Stopwatch.StartNew();
        _ = SpinWait.SpinUntil(
            () =>
            {
                Take();
                return expected.All(Heard.Contains);
            },
            Limit);
        expected.Except(Heard).ShouldBeEmpty($"Heard: {string.Join("; ", Heard)}");
        return since.Elapsed;
    }

    public void Take()
    {
        byte[] events = new byte[64 << 10];
        fixed (byte* buffer = events)
        {
            int count = (int)Read(queue, buffer, (nuint)events.Length);
            for (int i = 0; i < count;)
            {
                uint mask = *(uint*)(buffer + i + 4);
                int length = *(int*)(buffer + i + 12);
                string name = Encoding.UTF8.GetString(buffer + i + HeaderSize, length).TrimEnd('\0');
                string place = $"{paths.GetValueOrDefault(*(int*)(buffer + i))}{(name.Length > 0 ? "/" : "")}{name}";
                Heard.AddRange(Names.Where(known => (mask & known.Bit) != 0).Select(known => $"{known.Name} {place}"));
                i += HeaderSize + length;
            }
        }
    }

    public void Dispose() => _ = Close(queue);

    [LibraryImport("libc", EntryPoint = "inotify_init1", SetLastError = true)]
    private static partial int Init(int flags);

    [LibraryImport("libc", EntryPoint = "inotify_add_watch", StringMarshalling = StringMarshalling.Utf8, SetLastError = true)]
    private static partial int Add(int queue, string path, uint mask);

    [LibraryImport("libc", EntryPoint = "read", SetLastError = true)]
    private static partial nint Read(int file, byte* buffer, nuint size);

    [LibraryImport("libc", EntryPoint = "close", SetLastError = true)]
    private static partial int Close(int file);
}
