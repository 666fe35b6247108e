using System.Buffers.Binary;
using System.Globalization;
using System.Security.Cryptography;
using System.Text.Json;
using Tessera.Mount.Tests.BadInput;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Vault;

/// <summary>What programs do in a volume mounted with "-o audit" is recorded in it, and "tessera audit" finds it again and tells when it was changed.</summary>
public sealed class AccessLogTests
{
    private const int DamagedCode = 5;

    [Fact]
    public async Task What_programs_do_is_recorded_and_found_again_mounted_or_not()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "audit");
        Programs.Shell(
            volume.Path,
            "mkdir old; echo x > old/f; echo y > new; mkdir d; mv new d/g; ln d/g h; ln -s d/g s; chmod 600 h; truncate -s 1 h; rm h; ! rmdir d 2>/dev/null; rm d/g s; rmdir d; "
            + "ls old > /dev/null; setfattr -n user.a -v 1 old/f; printf x > $'line\\nend'");
        Programs.Shell(volume.Path, "cat old/f > /dev/null");

        string[] mounted = [.. Records(Audit(volume.Path)).Select(Describe)];
        volume.Info().GetProperty("audit").GetProperty("records").GetInt64().ShouldBe(mounted.Length);
        volume.Unmount();
        ProgramResult all = Audit(volume);
        string[] done = [.. Records(all).Select(Describe)];

        string[] expected =
        [
            "mkdir old", "create old/f write,truncate", "open old/f read", "create new write,truncate", "mkdir d", "rename new d/g", "link d/g h", "symlink s -> d/g", "set_attributes h mode",
            "set_attributes h size", "unlink h", "rmdir d ENOTEMPTY", "unlink d/g", "unlink s", "rmdir d", "set_xattr old/f user.a", "create line\nend write,truncate",
        ];
        done.Intersect(expected).ShouldBe(expected, ignoreOrder: true);
        done[0].ShouldStartWith("mount opening");
        done[^1].ShouldBe("unmount");
        mounted.ShouldBe(done[..^1]);
        Records(all).Where(line => line.TryGetProperty("errno", out _)).ShouldAllBe(line => line.GetProperty("uid").GetUInt32() == 0 && line.GetProperty("pid").GetInt32() > 0);
        all.Error.ShouldContain("the chain is whole");

        Records(Audit(volume, "--path", "d", "--operation", "rename,rmdir")).Count().ShouldBe(3);
        Records(Audit(volume, "--failed")).Select(Describe).ShouldBe(["rmdir d ENOTEMPTY"]);
        Records(Audit(volume, "--user", "4711")).ShouldBeEmpty();
        Records(Audit(volume, "--until", "1h")).ShouldBeEmpty();
        Audit(volume, "--expect", Head(all)).ExitCode.ShouldBe(0);
        Audit(volume, "--expect", $"3:{new string('0', 64)}").ExitCode.ShouldBe(DamagedCode);
        Audit(volume, "--follow").ExitCode.ShouldBe(2);
        volume.Check();
    }

    [Fact]
    public async Task Without_the_option_nothing_is_recorded_and_the_next_log_says_that_somebody_was_there()
    {
        await using TestVolume volume = TestVolume.Mounted();
        Programs.Shell(volume.Path, "echo x > one");
        volume.Info().TryGetProperty("audit", out _).ShouldBeFalse();
        volume.Unmount();
        ProgramResult none = Audit(volume);
        none.ExitCode.ShouldBe(0);
        none.Output.ShouldBeEmpty();
        none.Error.ShouldContain("has no access log");

        volume.Mount("-o", "audit");
        volume.Remount();
        Programs.Shell(volume.Path, "echo x > two");
        Records(Audit(volume.Path)).Count().ShouldBe(2);
        volume.Remount("-o", "audit");
        volume.Unmount();

        string[] done = [.. Records(Audit(volume)).Select(Describe)];
        done.Length.ShouldBe(5);
        done[2].ShouldBe("gap The volume was opened for writing 1 times without records.");
        volume.TryMount("-o", "audit,ro").ExitCode.ShouldBe(2);
        volume.TryMount("-o", "audit_size=4M").ExitCode.ShouldBe(2);
        volume.Check();
    }

    [Fact]
    public async Task What_was_fsynced_before_a_kill_has_its_record_and_the_rest_is_a_gap()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "audit");
        Programs.Shell(volume.Path, "for i in $(seq 20); do echo $i > f$i; sync f$i; done; dd if=/dev/zero of=written bs=100 count=1 oflag=dsync 2>/dev/null; echo last > unsynced");
        volume.Kill();
        TesseraCommand.Do("umount", volume.Path);

        volume.Mount("-o", "audit");
        ProgramResult all = Audit(volume.Path);

        all.ExitCode.ShouldBe(0, all.ToString());
        string[] done = [.. Records(all).Select(Describe)];
        Enumerable.Range(1, 20).Select(i => $"create f{i} write,truncate").ShouldBeSubsetOf(done);
        done.ShouldContain("create written write,truncate");
        done.ShouldContain("gap The log was not ended: the last records before this may be missing.");
        volume.Check();
    }

    [Fact]
    public async Task A_log_is_bounded_and_its_chain_goes_on_from_what_was_dropped()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "audit,audit_size=1M");
        string name = new('n', 200);
        Programs.Shell(volume.Path, $"for i in $(seq 5000); do : > {name}$i; done");
        volume.Unmount();

        ProgramResult all = Audit(volume);

        all.ExitCode.ShouldBe(0, all.ToString());
        all.Output.Length.ShouldBeInRange(700_000, 1 << 20);
        Describe(Records(all).First()).ShouldNotStartWith("mount");
        Records(all).Select(Describe).ShouldContain($"create {name}5000 write,truncate");
        volume.Check();
    }

    [Fact]
    public async Task On_a_full_volume_files_can_be_deleted_and_the_log_says_how_much_it_lacks()
    {
        await using TestVolume volume = TestVolume.Create("--size", "64M");
        volume.Mount("-o", "audit");
        string name = new('n', 200);
        Programs.Shell(volume.Path, $"echo x > {name}; dd if=/dev/zero of=fill bs=64k 2>/dev/null || true; i=0; while [ $i -lt 20000 ] && : > fill$i; do i=$((i+1)); done 2>/dev/null; test $i -lt 20000");
        Programs.Shell(volume.Path, $"for i in $(seq 9000); do : < {name}; done; rm fill fill[0-9]*; for i in $(seq 100); do echo x > after && break; sleep 0.2; done 2>/dev/null; test -s after");
        Programs.Shell(volume.Path, $"for i in $(seq 100); do ! grep -q audit_resumed {volume.Info().GetProperty("log").GetString()} || break; sleep 0.2; done; echo x > later");
        volume.Unmount();

        ProgramResult all = Audit(volume);

        all.ExitCode.ShouldBe(0, all.ToString());
        Records(all).Select(Describe).ShouldContain("create later write,truncate");
        volume.Log.Select(line => line.GetProperty("event").GetString()).ShouldContain("audit_failing");
        long lost = Records(all).Where(line => line.TryGetProperty("unwritten", out _)).Sum(line => line.GetProperty("unwritten").GetInt64());
        long kept = Records(all).Count(line => Describe(line) == $"open {name} read");
        lost.ShouldBeGreaterThan(0);
        (lost + kept).ShouldBeGreaterThanOrEqualTo(9000); // Of other operations some are lost, too.
        kept.ShouldBeInRange(2000, 8999);
        volume.Check();
    }

    [Theory]
    [InlineData("change", "was changed")]
    [InlineData("remove", "are missing")]
    [InlineData("exchange", "not in their place")]
    [InlineData("cut off the end", "are missing")]
    public async Task What_is_done_to_records_by_who_has_the_key_is_told(string how, string told)
    {
        await using TestVolume volume = TestVolume.CreatePlain();
        volume.Mount("-o", "audit");
        for (int i = 0; i < 4; i++)
        {
            Programs.Shell(volume.Path, string.Create(CultureInfo.InvariantCulture, $"echo secret > file{i}; sync file{i}"));
        }

        volume.Unmount();
        await using (var forged = new ForgedVolume(volume))
        {
            await TamperAsync(forged, how);
        }

        ProgramResult audit = Audit(volume, "--path", "file3");

        audit.ExitCode.ShouldBe(DamagedCode);
        audit.Error.ShouldContain("the chain is broken");
        audit.Error.ShouldContain(told);
        ProgramResult fsck = TesseraCommand.Run("fsck", volume.Volume);
        fsck.ExitCode.ShouldBe(DamagedCode);
        fsck.Output.ShouldContain("access-log-broken");
        TesseraCommand.Do("fsck", "--repair", volume.Volume).ShouldContain("The chain of the access log was broken");
        volume.Mount("-o", "audit");
        Audit(volume.Path).ExitCode.ShouldBe(0);
        volume.Check();
    }

    /// <summary>Who has the key can write the whole chain anew; a head that was noted elsewhere tells.</summary>
    [Fact]
    public async Task A_log_whose_end_was_written_anew_is_not_the_one_that_was_noted()
    {
        await using TestVolume volume = TestVolume.CreatePlain();
        volume.Mount("-o", "audit");
        Programs.Shell(volume.Path, "echo x > file; sync file");
        volume.Unmount();
        string noted = Head(Audit(volume));
        await using (var forged = new ForgedVolume(volume))
        {
            byte[] head = await forged.GetAsync([Tag]);
            ulong last = BinaryPrimitives.ReadUInt64LittleEndian(head.AsSpan(16)) - 1;
            byte[] segment = await forged.GetAsync(Key(last));
            segment[^4] ^= 1; // In the last operation's name.
            SHA256.HashData(segment).CopyTo(head.AsSpan(88));
            forged.Put(Key(last), segment);
            forged.Put([Tag], head);
        }

        Audit(volume).Error.ShouldContain("the chain is whole");
        ProgramResult audit = Audit(volume, "--expect", noted);
        audit.ExitCode.ShouldBe(DamagedCode);
        audit.Error.ShouldContain("is not the one whose hash was noted");
        volume.Log.Any(line => line.GetProperty("event").GetString() == "audit" && noted.EndsWith(line.GetProperty("hash").GetString()!, StringComparison.Ordinal)).ShouldBeTrue();
    }

    private const byte Tag = 0x80;

    private static async Task TamperAsync(ForgedVolume forged, string how)
    {
        switch (how)
        {
            case "change":
                byte[] segment = await forged.GetAsync(Key(2));
                forged.Put(Key(2), [.. segment.AsSpan(0, segment.Length - 10), (byte)'x', .. segment.AsSpan(segment.Length - 9)]);
                break;
            case "remove":
                forged.Delete(Key(2));
                break;
            case "exchange":
                byte[] first = await forged.GetAsync(Key(2));
                forged.Put(Key(2), await forged.GetAsync(Key(3)));
                forged.Put(Key(3), first);
                break;
            default:
                ulong next = BinaryPrimitives.ReadUInt64LittleEndian((await forged.GetAsync([Tag])).AsSpan(16));
                forged.Delete(Key(next - 1));
                break;
        }
    }

    private static byte[] Key(ulong segment)
    {
        byte[] key = new byte[10];
        key[0] = Tag;
        BinaryPrimitives.WriteUInt64BigEndian(key.AsSpan(1), segment);
        return key;
    }

    private static ProgramResult Audit(TestVolume volume, params string[] filter) =>
        TesseraCommand.Run(["audit", volume.Volume, "--json", "--passphrase-file", volume.PassphraseFile, .. filter]);

    private static ProgramResult Audit(string mountPoint) => TesseraCommand.Run("audit", mountPoint, "--json");

    private static IEnumerable<JsonElement> Records(ProgramResult audit) =>
        audit.Output.Split('\n', StringSplitOptions.RemoveEmptyEntries).Select(line => JsonDocument.Parse(line).RootElement);

    /// <summary>NUMBER:HASH, as the command says last.</summary>
    private static string Head(ProgramResult audit) => audit.Error.Split("up to ")[^1].Split(';')[0];

    private static string Describe(JsonElement line)
    {
        string text = line.GetProperty("operation").GetString()!;
        foreach (string name in (string[])["path", "new_path", "detail", "reason"])
        {
            text += line.TryGetProperty(name, out JsonElement value) ? " " + value.GetString() : "";
        }

        text += line.TryGetProperty("target", out JsonElement target) ? " -> " + target.GetString() : "";
        return text + (line.TryGetProperty("errno", out JsonElement errno) && errno.GetInt32() == 39 ? " ENOTEMPTY" : "");
    }
}
