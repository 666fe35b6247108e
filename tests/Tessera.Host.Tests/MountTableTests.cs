using Tessera.Host.Mounting;

namespace Tessera.Host.Tests;

public sealed class MountTableTests
{
    private const string Sample = """
        22 1 254:0 / / rw,relatime shared:1 - ext4 /dev/vda rw
        51 22 0:40 / /mnt/with\040space\134and\011tab rw,nosuid,nodev,relatime shared:9 master:2 - fuse.tessera /home/ann/my\040vault rw,user_id=1000,group_id=1000
        52 51 0:41 / /mnt/with\040space\134and\011tab rw - tmpfs tmpfs rw
        53 22 0:42 / /mnt/plain ro - fuse.tessera /srv/vault rw,user_id=0,group_id=0,allow_other
        """;

    [Fact]
    public void Parse_unescapes_spaces_backslashes_and_tabs()
    {
        MountEntry entry = Table().Entries[1];

        entry.MountPoint.ShouldBe("/mnt/with space\\and\ttab");
        entry.Source.ShouldBe("/home/ann/my vault");
        entry.Device.ShouldBe("0:40");
        entry.ConnectionNumber.ShouldBe("40");
        entry.DaemonUser.ShouldBe(1000u);
        entry.IsTessera.ShouldBeTrue();
    }

    [Fact]
    public void Parse_finds_the_type_behind_any_number_of_optional_fields()
    {
        Table().Entries.Select(entry => entry.FileSystemType).ShouldBe(["ext4", "fuse.tessera", "tmpfs", "fuse.tessera"]);
    }

    [Fact]
    public void At_a_directory_mounted_on_twice_gives_the_later_mount() =>
        Table().At("/mnt/with space\\and\ttab/").ShouldNotBeNull().FileSystemType.ShouldBe("tmpfs");

    [Fact]
    public void At_a_path_inside_a_mount_gives_nothing() => Table().At("/mnt/plain/inside").ShouldBeNull();

    [Theory]
    [InlineData("/mnt/plain", "0:42")]
    [InlineData("/mnt/plain/inside/deep", "0:42")]
    [InlineData("/mnt/plainer", "254:0")]
    [InlineData("/mnt/with space\\and\ttab/inside", "0:41")]
    [InlineData("/", "254:0")]
    public void Holding_gives_the_nearest_mount_above_a_path(string path, string device) =>
        Table().Holding(path).ShouldNotBeNull().Device.ShouldBe(device);

    [Fact]
    public void OfVolume_finds_where_a_volume_is_mounted() =>
        Table().OfVolume("/srv/vault").ShouldHaveSingleItem().MountPoint.ShouldBe("/mnt/plain");

    [Fact]
    public void Parse_leaves_broken_lines_out() =>
        MountTable.Parse(["", "x", "1 2 3:4 / /m rw", "a 2 3:4 / /m rw - t s o"]).Entries.ShouldBeEmpty();

    [Fact]
    public void Unescape_joins_the_bytes_of_a_character_written_in_octal() => MountTable.Unescape("\\303\\244").ShouldBe("ä");

    [Fact]
    public void Read_of_this_machine_has_a_root_and_proc()
    {
        MountTable table = MountTable.Read();

        table.At("/").ShouldNotBeNull();
        table.At("/proc").ShouldNotBeNull().FileSystemType.ShouldBe("proc");
    }

    private static MountTable Table() => MountTable.Parse(Sample.Split('\n'));
}
