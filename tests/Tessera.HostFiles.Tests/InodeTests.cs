using Tessera.Core.FileSystem;
using static Tessera.HostFiles.Tests.ServedDirectory;

namespace Tessera.HostFiles.Tests;

/// <summary>What an inode's id stands for while names come and go, on both sides.</summary>
public sealed class InodeTests
{
    private const ulong Root = FsLimits.RootInode;

    /// <summary>More than are kept after the door has forgotten them.</summary>
    private const int Many = 3000;

    [Fact]
    public void Two_names_of_one_file_are_one_inode_also_when_one_goes()
    {
        using var served = new ServedDirectory();
        File.WriteAllText(Path.Combine(served.Path, "a"), "x");
        ulong ino = served.Lookup("a").Value.Ino;
        Done(served.Files.LinkAsync(Me, ino, Root, Name("b"))).Value.Ino.ShouldBe(ino);

        Done(served.Files.UnlinkAsync(Me, Root, Name("a"))).ShouldBe(FsError.None);

        Done(served.Files.GetAttributesAsync(Me, ino)).Value.LinkCount.ShouldBe(1u);
        served.Lookup("b").Value.Ino.ShouldBe(ino);
    }

    [Fact]
    public void A_directory_removed_while_open_has_attributes_and_takes_no_names()
    {
        using var served = new ServedDirectory();
        Directory.CreateDirectory(Path.Combine(served.Path, "d"));
        ulong ino = served.Lookup("d").Value.Ino;
        ulong handle = Done(served.Files.OpenDirectoryAsync(Me, ino)).Value;
        Done(served.Files.RemoveDirectoryAsync(Me, Root, Name("d"))).ShouldBe(FsError.None);

        Done(served.Files.GetAttributesAsync(Me, ino)).Value.LinkCount.ShouldBe(0u);
        Done(served.Files.MakeNodeAsync(Me, ino, Name("b"), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Error.ShouldBe(FsError.NotFound);
        Done(served.Files.ReleaseDirectoryAsync(ino, handle)).ShouldBe(FsError.None);
    }

    [Fact]
    public void Names_exchanged_keep_their_inodes()
    {
        using var served = new ServedDirectory();
        Directory.CreateDirectory(Path.Combine(served.Path, "d"));
        File.WriteAllText(Path.Combine(served.Path, "d", "inside"), "x");
        File.WriteAllText(Path.Combine(served.Path, "f"), "y");
        ulong directory = served.Lookup("d").Value.Ino;
        ulong inside = Done(served.Files.LookupAsync(Me, directory, Name("inside"))).Value.Ino;
        ulong file = served.Lookup("f").Value.Ino;

        Done(served.Files.RenameAsync(Me, new DirectoryEntry(Root, Name("d")), new DirectoryEntry(Root, Name("f")), RenameFlags.Exchange)).ShouldBe(FsError.None);

        served.Lookup("f").Value.Ino.ShouldBe(directory);
        served.Lookup("d").Value.Ino.ShouldBe(file);
        Done(served.Files.GetAttributesAsync(Me, inside)).Ok.ShouldBeTrue();
        Done(served.Files.GetAttributesAsync(Me, file)).Value.Size.ShouldBe(1ul);
    }

    [Fact]
    public void A_file_renamed_on_the_host_is_stale_until_it_is_found_again_and_then_the_same()
    {
        using var served = new ServedDirectory();
        File.WriteAllText(Path.Combine(served.Path, "a"), "x");
        ulong ino = served.Lookup("a").Value.Ino;

        File.Move(Path.Combine(served.Path, "a"), Path.Combine(served.Path, "b"));
        File.WriteAllText(Path.Combine(served.Path, "a"), "other");

        Done(served.Files.OpenAsync(Me, ino, OpenFlags.ReadOnly)).Error.ShouldBe(FsError.Stale);
        Done(served.Files.GetAttributesAsync(Me, ino)).Error.ShouldBe(FsError.Stale);
        served.Lookup("b").Value.Ino.ShouldBe(ino);
        Done(served.Files.GetAttributesAsync(Me, ino)).Value.Size.ShouldBe(1ul);
        served.Lookup("a").Value.Ino.ShouldNotBe(ino);
    }

    [Fact]
    public void A_file_deleted_through_the_door_never_gives_its_id_to_the_next()
    {
        using var served = new ServedDirectory();
        HashSet<ulong> ids = [];
        for (int i = 0; i < Many; i++)
        {
            OpenedFile made = Done(served.Files.CreateAsync(Me, Root, Name("f"), 0x1A4, OpenFlags.WriteOnly)).Value;
            Done(served.Files.ReleaseAsync(made.Attributes.Ino, made.Handle)).ShouldBe(FsError.None);
            Done(served.Files.UnlinkAsync(Me, Root, Name("f"))).ShouldBe(FsError.None);
            ids.Add(made.Attributes.Ino).ShouldBeTrue("ext4 gives the next file the same number, often in the same tick of its clock");
        }
    }

    [Fact]
    public void Forgotten_inodes_go_with_the_directories_that_only_they_needed()
    {
        using var served = new ServedDirectory();
        List<ulong> known = [];
        for (int i = 0; i < Many; i++)
        {
            ulong directory = Done(served.Files.MakeNodeAsync(Me, Root, Name($"d{i}"), new NewNode(ModeBits.Directory | 0x1ED, 0, default))).Value.Ino;
            known.Add(Done(served.Files.MakeNodeAsync(Me, directory, Name("f"), new NewNode(ModeBits.Regular | 0x1A4, 0, default))).Value.Ino);
            served.Files.Forget(directory);
        }

        Done(served.Files.GetAttributesAsync(Me, known[0])).Ok.ShouldBeTrue("a directory that a known file needs was let go");
        known.ForEach(served.Files.Forget);

        served.Files.Nodes.ShouldBeLessThan(Many);
        Done(served.Files.GetAttributesAsync(Me, known[0])).Error.ShouldBe(FsError.Stale);
        served.Lookup("d0").Ok.ShouldBeTrue();
    }

    [Fact]
    public void Entries_that_did_not_fit_a_listing_are_not_remembered()
    {
        using var served = new ServedDirectory();
        for (int i = 0; i < Many; i++)
        {
            File.WriteAllText(Path.Combine(served.Path, $"f{i}"), "x");
        }

        var sink = new CountingSink { Room = 1 };
        ulong cookie = 0;
        for (int i = 0; i < Many; i++)
        {
            Done(served.Files.ReadDirectoryAsync(Me, Root, cookie, sink)).ShouldBe(FsError.None);
            sink.Taken.ForEach(served.Files.Forget);
            cookie = sink.Begin();
        }

        served.Files.Nodes.ShouldBeLessThan(Many / 2);
    }

    [Fact]
    public void A_listing_in_small_steps_gives_every_entry_once()
    {
        using var served = new ServedDirectory();
        for (int i = 0; i < Many; i++)
        {
            File.WriteAllText(Path.Combine(served.Path, $"f{i}"), "x");
        }

        ulong handle = Done(served.Files.OpenDirectoryAsync(Me, Root)).Value;
        var sink = new CountingSink { Room = 7 };
        ulong cookie = 0;
        int taken;
        do
        {
            Done(served.Files.ReadDirectoryAsync(Me, Root, cookie, sink)).ShouldBe(FsError.None);
            taken = sink.Count;
            cookie = sink.Begin();
        }
        while (taken > 0);

        sink.Names.Count.ShouldBe(Many + 2);
        Done(served.Files.ReleaseDirectoryAsync(Root, handle)).ShouldBe(FsError.None);
        served.Files.OpenHandles.ShouldBe(0);
    }

    /// <summary>Takes so many entries a call, each name at most once.</summary>
    private sealed class CountingSink : IDirectorySink
    {
        private ulong last;

        public required int Room { get; init; }

        public bool WantsAttributes => true;

        public int Count { get; private set; }

        public List<ulong> Taken { get; } = [];

        public HashSet<string> Names { get; } = new(StringComparer.Ordinal);

        /// <summary>A new call; where it goes on.</summary>
        public ulong Begin()
        {
            Count = 0;
            Taken.Clear();
            return last;
        }

        public bool TryAdd(ReadOnlySpan<byte> name, ulong cookie, in InodeAttributes attributes)
        {
            if (Count == Room)
            {
                return false;
            }

            Names.Add(System.Text.Encoding.UTF8.GetString(name)).ShouldBeTrue("an entry came twice");
            Taken.Add(attributes.Ino);
            last = cookie;
            Count++;
            return true;
        }
    }
}
