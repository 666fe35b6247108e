using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Wire.Exporting;

namespace Tessera.Wire.Tests;

/// <summary>Which names patterns hide, and what is heard of changes to them.</summary>
public sealed class HiddenNamesTests
{
    private const ulong Elsewhere = 7;

    [Theory]
    [InlineData("a.key", true, true)]
    [InlineData("a.key2", false, false)]
    [InlineData(".key", true, true)]
    [InlineData("build", true, false)]
    [InlineData("builds", false, false)]
    [InlineData("node_modules", true, true)]
    [InlineData("x1y", true, true)]
    [InlineData("x12y", false, false)]
    [InlineData("public.key", false, false)]
    [InlineData("ä.key", true, true)]
    [InlineData("A.KEY", false, false)]
    [InlineData(".", false, false)]
    [InlineData("..", false, false)]
    public void A_name_is_hidden_by_a_pattern_unless_another_includes_it(string name, bool atTop, bool elsewhere)
    {
        var hidden = new HiddenNames(["*.key", "/build", "node_modules/", "x?y"], ["public.*"]);

        hidden.Hides(FsLimits.RootInode, Encoding.UTF8.GetBytes(name)).ShouldBe(atTop);
        hidden.Hides(Elsewhere, Encoding.UTF8.GetBytes(name)).ShouldBe(elsewhere);
    }

    [Fact]
    public void Names_that_are_no_text_and_the_longest_ones_are_judged_too()
    {
        var hidden = new HiddenNames(["a*z"], []);

        hidden.Hides(Elsewhere, [(byte)'a', 0xFF, 0xFE, (byte)'z']).ShouldBeTrue();
        hidden.Hides(Elsewhere, [0xFF, (byte)'a', (byte)'z']).ShouldBeFalse();
        hidden.Hides(Elsewhere, [(byte)'a', .. Enumerable.Repeat((byte)0xFF, 253), (byte)'z']).ShouldBeTrue();
    }

    [Theory]
    [InlineData("")]
    [InlineData("/")]
    [InlineData("a/b")]
    [InlineData("//a")]
    public void What_is_no_pattern_is_refused(string pattern) =>
        Should.Throw<FormatException>(() => new HiddenNames([pattern], [])).Message.ShouldContain($"'{pattern}' is no pattern");

    /// <summary>Beneath what is hidden, too; what is moved out of sight is gone, and what comes into it is new.</summary>
    [Theory]
    [InlineData("f", null, "Modified f")]
    [InlineData("d/f", null, "Modified d/f")]
    [InlineData("f.key", null, null)]
    [InlineData("d/secret/f", null, null)]
    [InlineData("secret/d/f", null, null)]
    [InlineData("d/build", null, "Modified d/build")]
    [InlineData("build", null, null)]
    [InlineData("f", "g", "Renamed f g")]
    [InlineData("f", "g.key", "Deleted f")]
    [InlineData("secret/f", "d/f", "Created d/f")]
    [InlineData("f.key", "g.key", null)]
    public void Of_changes_nothing_is_heard_that_names_what_is_hidden(string path, string? to, string? heard)
    {
        var hidden = new HiddenNames(["*.key", "secret", "/build"], []);
        var change = new FileChange(to is null ? ChangeKinds.Modified : ChangeKinds.Renamed, IsDirectory: false, Named(path)) { NewName = to is null ? default : Named(to) };

        FileChange? seen = hidden.Seen(change);

        (seen is null ? null : $"{seen.Kinds} {Text(seen.Name)} {(seen.Kinds == ChangeKinds.Renamed ? Text(seen.NewName) : "")}".TrimEnd()).ShouldBe(heard);
    }

    private static ChangedName Named(string path) => new(Elsewhere, Encoding.UTF8.GetBytes(Path.GetDirectoryName(path)!), Encoding.UTF8.GetBytes(Path.GetFileName(path)));

    private static string Text(ChangedName name) => Encoding.UTF8.GetString(name.Path);
}
