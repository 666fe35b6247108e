using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>The file system class of stress-ng(1), each stressor verifying what it does. docs/integrity.md lists them.</summary>
[Trait("Campaign", "integrity")]
public sealed class StressorTests
{
    /// <summary>What cannot run, with the reason that docs/integrity.md gives.</summary>
    private static readonly Dictionary<string, string> s_cannot = new(StringComparer.Ordinal)
    {
        ["bind-mount"] = "stress-ng itself refuses: it may hang the machine",
        ["binderfs"] = "wants Android's binder in the kernel; no file system of ours",
        ["fiemap"] = "FUSE has no FIEMAP (limits-of-fuse.md)",
        ["verity"] = "wants fs-verity in the kernel and a file system that has it (limits-of-fuse.md)",
    };

    private static readonly string[] s_forEveryCommit = ["copy-file", "fallocate", "fpunch", "handle", "hdd", "iomix", "rename", "xattr"];

    private static readonly string s_document = Path.Combine(TesseraCommand.Root, "docs", "integrity.md");

    /// <summary>For every commit those that work with data and names, one after the other, a second each; in a campaign all, and longer.</summary>
    [Fact]
    public async Task Every_stressor_passes()
    {
        await using TestVolume volume = TestVolume.Mounted();
        string room = Directory.CreateDirectory(Path.Combine(volume.Path, "room")).FullName;
        string[] stressors = CampaignSize.IsFull ? [.. Names(room).Except(s_cannot.Keys, StringComparer.Ordinal)] : s_forEveryCommit;
        foreach (string one in stressors)
        {
            Run(room, one, CampaignSize.Of(1, 10), CampaignSize.Of(1, 2));
        }

        Directory.EnumerateFileSystemEntries(room).ShouldBeEmpty("stressors clear up");
        volume.Check();
    }

    [Fact]
    public async Task Document_lists_every_stressor_and_why_some_cannot_run()
    {
        await using var place = new HostDirectory();
        string document = await File.ReadAllTextAsync(s_document, TestContext.Current.CancellationToken);
        string[] names = Names(place.Path);
        names.Length.ShouldBeGreaterThan(40);
        foreach (string name in names)
        {
            document.ShouldContain(s_cannot.TryGetValue(name, out string? reason) ? $"| `{name}` | {reason}" : $"`{name}`");
        }
    }

    /// <summary>What stress-ng calls the class: "class 'filesystem' stressors: access …".</summary>
    private static string[] Names(string room)
    {
        ProgramResult list = Programs.TryRun(new ProgramStart("stress-ng", "--class", "filesystem?") { Directory = room });
        string line = $"{list.Output}\n{list.Error}".Split('\n').Single(text => text.Contains("stressors:", StringComparison.Ordinal));
        return line[(line.IndexOf(':', StringComparison.Ordinal) + 1)..].Split(' ', StringSplitOptions.RemoveEmptyEntries);
    }

    private static void Run(string room, string stressor, int seconds, int workers)
    {
        ProgramResult result = Programs.TryRun(new ProgramStart(
            "stress-ng", $"--{stressor}", $"{workers}", "--verify", "--timeout", $"{seconds}", "--temp-path", room) { Directory = room });
        string said = $"{result.Output}\n{result.Error}";
        result.ExitCode.ShouldBe(0, said);
        said.ShouldNotContain("fail:", Case.Sensitive, $"{stressor}:\n{said}");
        said.ShouldNotContain("skipping", Case.Sensitive, "a stressor that cannot run is listed with its reason");
    }
}
