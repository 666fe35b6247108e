using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Export;

/// <summary>A mount exported by NFS-Ganesha, used by libnfs and by a client that keeps handles.</summary>
[Trait("Campaign", "export")]
public sealed class GaneshaTests
{
    private const int Seed = 98;
    private const int SmallLength = 3_000;
    private const int WriteLength = 256 << 10;

    [Fact]
    public async Task Files_are_created_read_listed_renamed_and_removed()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        string original = Path.Combine(volume.Scratch, "original");
        byte[] content = new byte[CampaignSize.Of(8, 256) << 20];
        new Random(Seed).NextBytes(content);
        await File.WriteAllBytesAsync(original, content, TestContext.Current.CancellationToken);

        string small = Path.Combine(volume.Scratch, "small");
        await File.WriteAllBytesAsync(small, content[..SmallLength], TestContext.Current.CancellationToken);

        await using (GaneshaExport server = await GaneshaExport.StartAsync(volume.Path, volume.Scratch))
        {
            // libnfs 4.0 fails to write more than a few KiB by NFSv4, to whatever file system: it makes the files, and reads them.
            Programs.Run("/", "nfs-cp", small, server.Url("large"));
            using var client = new Nfs4Client(server.Port);
            byte[] root = client.Look("export");
            byte[] large = client.LookIn(root, "large");
            for (int at = 0; at < content.Length; at += WriteLength)
            {
                client.Write(large, (ulong)at, content.AsSpan(at, WriteLength));
            }

            File.ReadAllBytes(Path.Combine(volume.Path, "large")).AsSpan().SequenceEqual(content).ShouldBeTrue();
            Programs.Shell("/", $"nfs-cat '{server.Url("large")}' | cmp - {original}");
            Programs.Run("/", "nfs-ls", server.Url(string.Empty)).ShouldMatch($@" {content.Length} large");

            client.MakeDirectory(root, "folder");
            byte[] folder = client.LookIn(root, "folder");
            client.Rename(root, "large", folder, "moved");
            Programs.Run("/", "nfs-cp", small, server.Url("second"));
            File.ReadAllBytes(Path.Combine(volume.Path, "second")).ShouldBe(content[..SmallLength]);
            client.Remove(root, "second");
            Directory.GetFileSystemEntries(volume.Path, "*", SearchOption.AllDirectories).Order(StringComparer.Ordinal)
                .ShouldBe([Path.Combine(volume.Path, "folder"), Path.Combine(volume.Path, "folder/moved")]);
        }

        volume.Check();
    }

    [Theory]
    [InlineData(Ending.Unmounted)]
    [InlineData(Ending.Killed)]
    public async Task Handles_that_a_client_keeps_survive_a_new_mount_and_those_of_removed_files_are_stale(Ending ending)
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        Programs.Shell(volume.Path, "mkdir folder; echo kept > folder/kept; echo removed > removed");
        byte[] kept;
        byte[] removed;
        byte[] folder;
        await using (GaneshaExport server = await GaneshaExport.StartAsync(volume.Path, volume.Scratch))
        {
            using var client = new Nfs4Client(server.Port);
            folder = client.Look("export", "folder");
            kept = client.LookIn(folder, "kept");
            removed = client.Look("export", "removed");
            Encoding.ASCII.GetString(client.Read(removed, out _)!).ShouldBe("removed\n");
            client.Write(kept, 0, "KEPT"u8);
            client.Remove(client.Look("export"), "removed");
        }

        if (ending == Ending.Killed)
        {
            volume.Kill();
        }
        else
        {
            volume.Unmount();
        }

        volume.Mount("-o", "allow_other");
        Programs.Shell(volume.Path, "mv folder renamed; for i in $(seq 50); do echo another > another$i; done");
        await using (GaneshaExport server = await GaneshaExport.StartAsync(volume.Path, volume.Scratch))
        {
            using var client = new Nfs4Client(server.Port);
            Encoding.ASCII.GetString(client.Read(kept, out _)!).ShouldBe("KEPT\n");
            client.LookIn(folder, "kept").ShouldBe(kept);
            client.Read(removed, out uint status).ShouldBeNull();
            status.ShouldBe(Nfs4Client.Stale);
            client.Write(kept, 0, "more"u8);
        }

        File.ReadAllText(Path.Combine(volume.Path, "renamed/kept")).ShouldBe("more\n");
        volume.Check();
    }
}
