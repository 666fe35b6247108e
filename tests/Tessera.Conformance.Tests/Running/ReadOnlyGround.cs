using Tessera.Conformance.Tests.Calls;

namespace Tessera.Conformance.Tests.Running;

/// <summary>What a read-only place holds: nothing can be made there by the cases themselves.</summary>
internal static class ReadOnlyGround
{
    public const string Content = "content";

    /// <summary>Files "a" and "d/a", directories "d" and "empty", a link "l" to "a", a FIFO "p"; "a" has an attribute user.x.</summary>
    public static void Prepare(string path)
    {
        var room = new Room(path);
        room.File("a", Content, Mode.All);
        Kernel.SetXattr(room["a"], "user.x", [1]);
        room.Directory("d", Mode.All);
        room.File("d/a");
        room.Directory("empty");
        Kernel.MakeLink("a", room["l"]);
        Kernel.MakeNode(room["p"], Mode.Fifo | Mode.All);
        Kernel.SetTimes(room["a"], new TimeStamp(1000, 0), new TimeStamp(2000, 0));
    }
}
