using Tessera.Container.Remembering;

namespace Tessera.Container.Tests.Remembering;

public sealed class NoteDirectoryTests : IDisposable
{
    private const int NoteBytes = 112;
    private readonly DirectoryInfo place = Directory.CreateTempSubdirectory("tessera-test-");
    private readonly List<string> warnings = [];

    public void Dispose() => place.Delete(recursive: true);

    [Fact]
    public void A_note_is_read_as_it_was_written_last_and_nothing_lies_beside_it()
    {
        var notes = new NoteDirectory(place.FullName, warnings.Add);
        notes.Write("volume", new byte[NoteBytes]);
        byte[] note = [.. Enumerable.Range(0, NoteBytes).Select(i => (byte)i)];

        notes.Write("volume", note);

        byte[] read = new byte[NoteBytes];
        notes.TryRead("volume", read).ShouldBeTrue();
        read.ShouldBe(note);
        FileInfo file = place.EnumerateFiles().ShouldHaveSingleItem();
        file.UnixFileMode.ShouldBe(UnixFileMode.UserRead | UnixFileMode.UserWrite);
        warnings.ShouldBeEmpty();
    }

    [Fact]
    public void A_file_left_by_a_killed_process_of_our_number_is_no_hindrance()
    {
        File.WriteAllText(Path.Combine(place.FullName, $"volume.{Environment.ProcessId}"), "half");

        new NoteDirectory(place.FullName, warnings.Add).Write("volume", new byte[NoteBytes]);

        place.EnumerateFiles().ShouldHaveSingleItem().Name.ShouldBe("volume");
        warnings.ShouldBeEmpty();
    }

    [Fact]
    public void A_torn_or_missing_note_is_none()
    {
        var notes = new NoteDirectory(place.FullName, warnings.Add);
        File.WriteAllBytes(Path.Combine(place.FullName, "torn"), new byte[NoteBytes - 1]);

        notes.TryRead("torn", new byte[NoteBytes]).ShouldBeFalse();
        notes.TryRead("missing", new byte[NoteBytes]).ShouldBeFalse();
        warnings.ShouldBeEmpty();
    }

    [Fact]
    public void A_directory_that_cannot_be_written_is_told_of_once()
    {
        string file = Path.Combine(place.FullName, "file");
        File.WriteAllText(file, string.Empty);
        var notes = new NoteDirectory(Path.Combine(file, "seen"), warnings.Add);

        notes.TryRead("volume", new byte[NoteBytes]).ShouldBeFalse();
        notes.Write("volume", new byte[NoteBytes]);
        notes.Write("volume", new byte[NoteBytes]);

        warnings.ShouldHaveSingleItem().ShouldContain("not remembered");
    }

    [Fact]
    public void A_link_in_the_place_of_a_note_is_not_followed()
    {
        string secret = Path.Combine(place.FullName, "secret");
        File.WriteAllBytes(secret, new byte[NoteBytes]);
        File.CreateSymbolicLink(Path.Combine(place.FullName, "volume"), secret);
        var notes = new NoteDirectory(place.FullName, warnings.Add);

        notes.TryRead("volume", new byte[NoteBytes]).ShouldBeFalse();
        notes.Write("volume", [.. Enumerable.Repeat((byte)1, NoteBytes)]);

        File.ReadAllBytes(secret).ShouldAllBe(one => one == 0);
        warnings.ShouldHaveSingleItem().ShouldContain("could not read it");
    }
}
