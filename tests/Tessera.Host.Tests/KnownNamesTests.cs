using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Tests;

/// <summary>Inodes are known by the paths under which they passed by.</summary>
public sealed class KnownNamesTests
{
    private const ulong Directory = 2;
    private const ulong Other = 3;
    private const ulong File = 4;
    private readonly KnownNames names = new();

    public KnownNamesTests()
    {
        Learn(FsLimits.RootInode, "d", Directory, ModeBits.Directory);
        Learn(FsLimits.RootInode, "e", Other, ModeBits.Directory);
        Learn(Directory, "f", File);
    }

    [Fact]
    public void A_file_that_is_renamed_is_known_by_its_new_path_and_what_it_replaces_by_none_of_the_table()
    {
        Learn(Other, "g", 5);
        names.Move(new(Directory, Bytes("f")), new(Other, Bytes("g")), exchange: false);

        Path(File).ShouldBe("e/g");
        names.Move(new(Other, Bytes("g")), new(Other, Bytes("h")), exchange: false);
        Path(File).ShouldBe("e/h");
        Path(5).ShouldBe("e/g", "It is open perhaps, and judged by the name that it had");
    }

    [Fact]
    public void What_is_beneath_a_directory_moves_with_it()
    {
        names.Move(new(1, Bytes("d")), new(Other, Bytes("x")), exchange: false);

        Path(File).ShouldBe("e/x/f");
        Path(Directory).ShouldBe("e/x");
    }

    [Fact]
    public void Two_that_are_exchanged_have_each_others_names()
    {
        Learn(Other, "g", 5);
        names.Move(new(Directory, Bytes("f")), new(Other, Bytes("g")), exchange: true);

        (Path(File), Path(5)).ShouldBe(("e/g", "d/f"));
    }

    [Fact]
    public void A_file_of_two_names_has_the_paths_of_both_until_one_goes()
    {
        Learn(Other, "g", File);
        Paths(File).ShouldBe(["e/g", "d/f"]);

        names.Move(new(Directory, Bytes("f")), new(Other, Bytes("g")), exchange: false); // rename(2) does nothing.
        Paths(File).ShouldBe(["e/g", "d/f"]);

        names.Lose(Other, "g"u8);
        Paths(File).ShouldBe(["d/f"]);
        names.Lose(Directory, "f"u8);
        Paths(File).ShouldBe(["d/f"], "It is judged by the name that it had");
        Learn(Directory, "f", 6);
        Learn(Other, "back", File);
        Paths(File).ShouldBe(["e/back"]);
        Paths(6).ShouldBe(["d/f"]);
    }

    [Fact]
    public void A_directory_has_one_name_the_latest()
    {
        Learn(Other, "moved", Directory, ModeBits.Directory);

        Paths(Directory).ShouldBe(["e/moved"]);
        Path(File).ShouldBe("e/moved/f");
        Learn(1, "d", 7);
        Path(Directory).ShouldBe("e/moved");
    }

    [Fact]
    public void A_file_of_one_link_has_one_name_the_latest()
    {
        names.Learn(Other, "given"u8, Inode(File) with { LinkCount = 1 }).ShouldBeTrue();

        Paths(File).ShouldBe(["e/given"]);
    }

    [Fact]
    public void A_name_that_is_another_file_now_is_the_first_ones_no_more()
    {
        Learn(Other, "g", File);
        Learn(Directory, "f", 9);

        Paths(File).ShouldBe(["e/g"]);
        Paths(9).ShouldBe(["d/f"]);
    }

    [Fact]
    public void Of_too_many_names_the_latest_are_kept_and_none_stays_behind()
    {
        for (int i = 0; i < 3 * NamedInode.MaxNames; i++)
        {
            Learn(Other, $"{i}", File);
        }

        IReadOnlyList<string> kept = Paths(File);
        kept.Count.ShouldBe(NamedInode.MaxNames);
        kept[0].ShouldBe($"e/{(3 * NamedInode.MaxNames) - 1}");
        Learn(Other, "0", 8);
        Paths(File).Length.ShouldBe(NamedInode.MaxNames);
    }

    [Fact]
    public void What_the_door_forgot_goes_after_a_while_unless_it_is_told_of_again()
    {
        Learn(Directory, "again", 5);
        names.Forget(File);
        names.Forget(5);
        Learn(Directory, "again", 5);
        for (ulong ino = 100; ino < 1200; ino++)
        {
            Learn(Other, $"{ino}", ino);
            names.Forget(ino);
        }

        names.PathOf(File).ShouldBeNull();
        Path(5).ShouldBe("d/again");
        names.Count.ShouldBeInRange(1000, 1100);
    }

    [Fact]
    public void What_is_too_much_is_not_taken_and_a_circle_has_no_path()
    {
        var few = new KnownNames(maxInodes: 2);
        few.Learn(1, "a"u8, Inode(2, ModeBits.Directory)).ShouldBeTrue();
        few.Learn(2, "b"u8, Inode(3, ModeBits.Directory)).ShouldBeTrue();
        few.Learn(1, "c"u8, Inode(4)).ShouldBeFalse();
        few.Learn(1, "d"u8, Inode(3, ModeBits.Directory)).ShouldBeTrue();
        few.Learn(3, "a"u8, Inode(2, ModeBits.Directory)).ShouldBeTrue();
        Encoding.UTF8.GetString(few.PathOf(2)!).ShouldBe("d/a");

        few.Learn(2, "d"u8, Inode(3, ModeBits.Directory)).ShouldBeTrue();
        few.PathOf(2).ShouldBeNull();
        few.PathsOf(3).ShouldBeEmpty();
    }

    [Fact]
    public void The_root_is_known_and_a_file_without_a_name_is_one_of_its_directory()
    {
        Path(FsLimits.RootInode).ShouldBe("");
        Learn(Directory, "", 5);
        Learn(Directory, "", 6);

        (Path(5), Path(6)).ShouldBe(("d/", "d/"));
        Learn(Other, "named", 5);
        Paths(5).ShouldBe(["e/named", "d/"]);
    }

    private static byte[] Bytes(string text) => Encoding.UTF8.GetBytes(text);

    private static InodeAttributes Inode(ulong ino, uint mode = ModeBits.Regular) => new() { Ino = ino, Mode = mode, LinkCount = 2 };

    private void Learn(ulong parent, string name, ulong ino, uint mode = ModeBits.Regular) => names.Learn(parent, Bytes(name), Inode(ino, mode)).ShouldBeTrue();

    private string Path(ulong ino) => Encoding.UTF8.GetString(names.PathOf(ino).ShouldNotBeNull());

    private string[] Paths(ulong ino) => [.. names.PathsOf(ino).Select(Encoding.UTF8.GetString)];
}
