using System.Text.Json;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Remote;

/// <summary>Contents over a line that is slower than compressing them (docs/protocol.md, "Compression").</summary>
public sealed class SlowLineTests
{
    /// <summary>Bytes a second.</summary>
    private const int Rate = 8 << 20;
    private const int Content = 24 << 20;

    [Theory]
    [InlineData("yes 'the same words again and again'", true)]
    [InlineData("cat /dev/urandom", false)]
    public async Task What_shrinks_is_sent_compressed_in_both_directions(string source, bool shrinks)
    {
        await using var server = new ExportServer();
        using var line = new CuttingProxy(server.Address, Rate);
        string mount = server.MountAt(server.Url("dir", line.Address));

        Programs.Shell(server.Scratch, $"({source} || true) | head -c {Content} > content; cp content served/there");
        Programs.Shell(mount, $"cp {server.Scratch}/content here; sync here");
        long written = line.Carried;
        Programs.Shell(mount, $"cmp {server.Scratch}/content there");
        long read = line.Carried - written;

        Programs.Shell(server.Source, $"cmp {server.Scratch}/content here");
        ShouldBeCarried(written, shrinks);
        ShouldBeCarried(read, shrinks);
        (JsonDocument.Parse(TesseraCommand.Do("stats", "--json", mount)).RootElement.GetProperty("compressed_frames").GetInt64() > 100).ShouldBe(shrinks);
        server.Check();
    }

    [Fact]
    public async Task So_is_what_goes_to_a_workspace_and_from_it()
    {
        await using var workspace = new SharedWorkspace();
        using var line = new CuttingProxy(workspace.Address, Rate);
        workspace.Share(line.Address);

        Programs.Shell(workspace.Scratch, $"(yes 'the same words again and again' || true) | head -c {Content} > content");
        File.Copy(Path.Combine(workspace.Scratch, "content"), Path.Combine(workspace.Source, "there"));
        Programs.Shell(workspace.Path, $"cp {workspace.Scratch}/content here; sync here");
        long written = line.Carried;
        Programs.Shell(workspace.Path, $"cmp {workspace.Scratch}/content there");
        long read = line.Carried - written;

        Programs.Shell(workspace.Source, $"cmp {workspace.Scratch}/content here");
        ShouldBeCarried(written, shrinks: true);
        ShouldBeCarried(read, shrinks: true);
        workspace.Check();
    }

    private static void ShouldBeCarried(long bytes, bool shrinks) => bytes.ShouldBeInRange(shrinks ? 1 : Content, shrinks ? Content / 2 : Content / 10 * 11);
}
