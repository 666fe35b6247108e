using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.KillRounds;

/// <summary>The campaign finds what a kill must not do: a worker stops as if the daemon were gone, on the machine's own file system, where nothing is lost; then each
/// kind of loss is made by hand.</summary>
[Trait("Campaign", "kill")]
public sealed class PlantedKillTests(ITestOutputHelper output)
{
    private const int Seed = 20261122;
    private const int Operations = 400;
    private const int Page = 4096;

    private static Dictionary<string, Action<string>> Losses { get; } = new(StringComparer.Ordinal)
    {
        ["a closed file is cut short"] = static directory => Rewrite(LongestFile(directory), static bytes => bytes[..(bytes.Length / 2)]),
        ["a closed file has a page of zeros"] = static directory => Rewrite(LongestFile(directory), static bytes => [.. new byte[Page], .. bytes[Page..]]),
        ["a name is gone"] = static directory => File.Delete(LongestFile(directory)),
        ["a name is there that nobody left"] = static directory => File.WriteAllBytes(NameThatIsFree(directory), [1, 2, 3]),
        ["a new directory is gone"] = static directory => Directory.Delete(Directory.EnumerateDirectories(directory).First()),
        ["what was synced is gone from the journal"] = static directory => Rewrite(JournalIn(directory), static _ => []),
        ["the journal's pages are in another order"] = static directory =>
            Rewrite(JournalIn(directory), static bytes => [.. bytes[Page..(2 * Page)], .. bytes[..Page], .. bytes[(2 * Page)..]]),
    };

    public static TheoryData<string> LossNames => [.. Losses.Keys];

    [Theory]
    [MemberData(nameof(LossNames))]
    public async Task What_a_kill_must_not_do_is_caught(string loss)
    {
        await using var place = new HostDirectory();
        var worker = new Worker(place.Path, 0, Seed);
        worker.Prepare();
        worker.Run(() =>
        {
            if (worker.Acknowledged == Operations)
            {
                throw new SyscallException(SyscallException.NotConnected, "planted", place.Path);
            }
        });
        worker.Verify();

        Losses[loss](Directory.EnumerateDirectories(place.Path).Single());

        ShouldAssertException caught = Should.Throw<ShouldAssertException>(worker.Verify);
        output.WriteLine(caught.Message.Split('\n')[0]);
    }

    private static void Rewrite(string path, Func<byte[], byte[]> change) => File.WriteAllBytes(path, change(File.ReadAllBytes(path)));

    private static string JournalIn(string directory) => Path.Combine(directory, Journal.Name);

    private static string LongestFile(string directory) =>
        Directory.EnumerateFiles(directory).Where(path => path != JournalIn(directory)).MaxBy(path => new FileInfo(path).Length)!;

    /// <summary>Numbers are given in turn; this one's file was deleted or renamed, or never made.</summary>
    private static string NameThatIsFree(string directory) =>
        Enumerable.Range(0, Operations).Select(i => Path.Combine(directory, $"file{i}")).First(path => !File.Exists(path));
}
