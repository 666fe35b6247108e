using Tessera.Core.FileSystem;
using static Tessera.HostFiles.Tests.ServedDirectory;

namespace Tessera.HostFiles.Tests;

/// <summary>Confinement does not rest on the door: a name that is a path, or none at all, is refused by every operation.</summary>
public sealed class NameTests
{
    private const ulong Root = FsLimits.RootInode;

    public static TheoryData<string> Paths => ["../outside", "/etc/passwd", "..", ".", "sub/f", "sub/../../outside", ""];

    [Theory]
    [MemberData(nameof(Paths))]
    public void A_path_in_the_place_of_a_name_is_refused_and_nothing_happens_outside(string path)
    {
        using var served = new ServedDirectory();
        Directory.CreateDirectory(Path.Combine(served.Path, "sub"));
        File.WriteAllText(Path.Combine(served.Path, "f"), "inside");
        File.WriteAllText(Path.Combine(served.Above, "outside"), "outside");
        HostDirectory files = served.Files;
        ulong ino = served.Lookup("f").Value.Ino;
        byte[] name = Name(path);
        var good = new DirectoryEntry(Root, Name("f"));
        var bad = new DirectoryEntry(Root, name);

        if (path is not ("." or ".."))
        {
            Done(files.LookupAsync(Me, Root, name)).Error.ShouldBe(FsError.InvalidArgument);
        }

        Done(files.CreateAsync(Me, Root, name, 0x1A4, OpenFlags.ReadWrite)).Error.ShouldBe(FsError.InvalidArgument);
        foreach (uint type in new[] { ModeBits.Directory, ModeBits.Symlink, ModeBits.Fifo })
        {
            Done(files.MakeNodeAsync(Me, Root, name, new NewNode(type | 0x1ED, 0, Name("x")))).Error.ShouldBe(FsError.InvalidArgument);
        }

        Done(files.LinkAsync(Me, ino, Root, name)).Error.ShouldBe(FsError.InvalidArgument);
        Done(files.UnlinkAsync(Me, Root, name)).ShouldBe(FsError.InvalidArgument);
        Done(files.RemoveDirectoryAsync(Me, Root, name)).ShouldBe(FsError.InvalidArgument);
        Done(files.RenameAsync(Me, good, bad, RenameFlags.None)).ShouldBe(FsError.InvalidArgument);
        Done(files.RenameAsync(Me, bad, good, RenameFlags.None)).ShouldBe(FsError.InvalidArgument);

        Directory.GetFileSystemEntries(served.Above).Length.ShouldBe(2);
        File.ReadAllText(Path.Combine(served.Above, "outside")).ShouldBe("outside");
        Directory.GetFileSystemEntries(served.Path).Length.ShouldBe(2);
    }

    [Fact]
    public void A_name_too_long_is_the_hosts_to_refuse() =>
        WithServed(served => served.Lookup(new string('x', 256)).Error.ShouldBe(FsError.NameTooLong));

    [Fact]
    public void The_root_is_its_own_parent() => WithServed(served =>
    {
        Done(served.Files.LookupAsync(Me, Root, Name(".."))).Value.Ino.ShouldBe(Root);
        Directory.CreateDirectory(Path.Combine(served.Path, "d"));
        Done(served.Files.LookupAsync(Me, served.Lookup("d").Value.Ino, Name(".."))).Value.Ino.ShouldBe(Root);
    });

    private static void WithServed(Action<ServedDirectory> test)
    {
        using var served = new ServedDirectory();
        test(served);
    }
}
