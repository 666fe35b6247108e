using Tessera.Host.CommandLine;
using Tessera.Host.Locking;

namespace Tessera.Host.Tests;

/// <summary>What is in a directory that is being locked: removed whole, and only when nothing changed since it was copied.</summary>
public sealed class OriginalsTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-originals-").FullName;
    private readonly string _outside = Directory.CreateTempSubdirectory("tessera-outside-").FullName;

    public OriginalsTests()
    {
        Directory.CreateDirectory(Path.Combine(_directory, "sub", "below"));
        File.WriteAllText(Path.Combine(_directory, "sub", "below", ".hidden"), "one");
        File.WriteAllText(Path.Combine(_directory, "file"), "two");
        File.WriteAllText(Path.Combine(_outside, "kept"), "three");
        File.CreateSymbolicLink(Path.Combine(_directory, "sub", "out"), _outside);
        DateTime before = DateTime.UtcNow - TimeSpan.FromMinutes(1);
        foreach (string path in Directory.EnumerateFileSystemEntries(_directory, "*", SearchOption.AllDirectories).Append(_directory).Where(path => !path.StartsWith(_outside, StringComparison.Ordinal) && !path.EndsWith("out", StringComparison.Ordinal)))
        {
            File.SetLastWriteTimeUtc(path, before);
        }
    }

    public void Dispose()
    {
        Directory.Delete(_directory, recursive: true);
        Directory.Delete(_outside, recursive: true);
    }

    [Fact]
    public async Task All_goes_and_nothing_that_a_link_names()
    {
        var originals = new Originals(_directory);
        originals.Any.ShouldBeTrue();
        await Task.Delay(100, TestContext.Current.CancellationToken); // The link was made just now.
        originals.Watch();
        File.WriteAllText(Path.Combine(_outside, "new"), "of others");

        originals.RequireUnchanged();
        originals.Remove();

        originals.Any.ShouldBeFalse();
        Directory.EnumerateFiles(_outside).Count().ShouldBe(2);
    }

    [Theory]
    [InlineData("file")]
    [InlineData("sub/below/.hidden")]
    [InlineData("sub/below/made")]
    public async Task A_change_since_the_copy_began_is_found_at_any_depth(string changed)
    {
        var originals = new Originals(_directory);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        originals.Watch();

        File.AppendAllText(Path.Combine(_directory, changed), "more");

        Should.Throw<CommandException>(originals.RequireUnchanged).Code.ShouldBe(ExitCode.Busy);
    }

    [Fact]
    public async Task A_name_that_is_removed_since_is_found_too()
    {
        var originals = new Originals(_directory);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        originals.Watch();

        File.Delete(Path.Combine(_directory, "sub", "below", ".hidden"));

        Should.Throw<CommandException>(originals.RequireUnchanged).Code.ShouldBe(ExitCode.Busy);
    }

    /// <summary>Else a directory with such a file could never be locked.</summary>
    [Fact]
    public async Task A_time_in_the_future_is_no_change()
    {
        File.SetLastWriteTimeUtc(Path.Combine(_directory, "file"), DateTime.UtcNow + TimeSpan.FromDays(1));
        var originals = new Originals(_directory);
        await Task.Delay(100, TestContext.Current.CancellationToken);
        originals.Watch();

        originals.RequireUnchanged();
    }
}
