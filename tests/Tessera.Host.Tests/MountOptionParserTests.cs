using Tessera.Host.Alarms;
using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Volumes;

namespace Tessera.Host.Tests;

public sealed class MountOptionParserTests
{
    [Fact]
    public void Parse_of_the_line_of_a_fstab_reads_every_option()
    {
        MountOptions options = MountOptionParser.Parse(
            ["passphrase_file=/etc/vault.key,ro,noatime,suid,dev,allow_other,default_permissions,nofail,_netdev,x-systemd.automount,x-mount.mkdir=0755"]);

        options.ShouldBe(new MountOptions
        {
            PassphraseFile = "/etc/vault.key",
            ReadOnly = true,
            AccessTimes = AccessTimePolicy.Never,
            SetUserId = true,
            Devices = true,
            AllowOther = true,
        });
    }

    [Fact]
    public void Parse_lets_the_later_option_win() =>
        MountOptionParser.Parse(["ro,suid,noexec", "rw,nosuid,exec"]).ShouldBe(new MountOptions());

    [Fact]
    public void Parse_of_access_times_lets_the_later_option_win() =>
        MountOptionParser.Parse(["noatime,strictatime"]).ShouldBe(new MountOptions { AccessTimes = AccessTimePolicy.Strict });

    [Fact]
    public void Parse_takes_an_escaped_comma_into_the_value() =>
        MountOptionParser.Parse(["passphrase_command=pass show a\\,b,ro"]).PassphraseCommand.ShouldBe("pass show a,b");

    [Fact]
    public void Parse_of_user_implies_what_mount_says_it_implies()
    {
        MountOptions options = MountOptionParser.Parse(["suid,dev,user"]);

        (options.SetUserId, options.Devices, options.NoExecute).ShouldBe((false, false, true));
    }

    [Fact]
    public void Parse_reads_the_audit_and_its_size()
    {
        MountOptionParser.Parse(["audit,audit_size=8M"]).ShouldBe(new MountOptions { Audit = true, AuditBytes = 8 << 20 });
        MountOptionParser.Parse(["audit", "noaudit"]).ShouldBe(new MountOptions());
        Should.Throw<CommandException>(() => MountOptionParser.Parse(["audit_size=1000"])).Code.ShouldBe(ExitCode.Usage);
        Should.Throw<CommandException>(() => MountOptionParser.Parse(["audit_size=5G"])).Code.ShouldBe(ExitCode.Usage);
    }

    [Fact]
    public void Parse_reads_alarms_and_their_rates()
    {
        MountOptions options = MountOptionParser.Parse(["alarm=lock,alarm_reads=2G/10m,alarm_deletes=off"]);

        options.Alarms.ShouldBe(new AlarmSettings(AlarmAction.Lock, new AlarmRate(2L << 30, TimeSpan.FromMinutes(10)), AlarmRate.Off));
        MountOptionParser.Parse(["alarm=warn"]).Alarms.ShouldBe(new AlarmSettings(AlarmAction.Warn, AlarmRate.DefaultReads, AlarmRate.DefaultDeletes));
        MountOptionParser.Parse(["alarm=warn,noalarm"]).Alarms.ShouldBeNull();
    }

    [Theory]
    [InlineData("alarm=cry")]
    [InlineData("alarm")]
    [InlineData("alarm_reads=5")]
    [InlineData("alarm_reads=/1m")]
    [InlineData("alarm_deletes=0/1m")]
    [InlineData("alarm_deletes=5/2d")]
    [InlineData("alarm_deletes=5/0s")]
    public void Parse_refuses_alarms_that_are_none(string list) => Should.Throw<CommandException>(() => MountOptionParser.Parse([list])).Code.ShouldBe(ExitCode.Usage);

    [Theory]
    [InlineData("ro", null)]
    [InlineData("decoys=0", 0U)]
    [InlineData("decoys=8", 8U)]
    public void Parse_reads_the_decoys(string list, uint? decoys) => MountOptionParser.Parse([list]).Decoys.ShouldBe(decoys);

    [Theory]
    [InlineData("ro", null)]
    [InlineData("reshuffle=0", 0U)]
    [InlineData("reshuffle=100", 100U)]
    public void Parse_reads_the_reshuffle(string list, uint? percent) => MountOptionParser.Parse([list]).ReshufflePercent.ShouldBe(percent);

    [Theory]
    [InlineData("ro", null)]
    [InlineData("reseal=0", 0L)]
    [InlineData("reseal=20M", 20L << 20)]
    public void Parse_reads_how_fast_is_sealed_anew(string list, long? rate) => MountOptionParser.Parse([list]).ResealRate.ShouldBe(rate);

    [Fact]
    public void Parse_reads_what_is_done_with_an_older_volume() =>
        MountOptionParser.Parse(["accept_rollback,noremember"]).ShouldBe(new MountOptions { AcceptRollback = true, Forget = true });

    [Fact]
    public void Parse_reads_the_memory_bound() => MountOptionParser.Parse(["memory=300M"]).MemoryBytes.ShouldBe(300L << 20);

    [Theory]
    [InlineData("blocksize=9", "'blocksize' is not known")]
    [InlineData("ro=1", "'ro' is not known")]
    [InlineData("passphrase_file", "needs a value")]
    [InlineData("passphrase_file=", "empty value")]
    [InlineData("memory=lots", "not a size")]
    [InlineData("decoys=9", "from 0 to 8")]
    [InlineData("decoys=-1", "from 0 to 8")]
    [InlineData("reshuffle=101", "from 0 to 100")]
    [InlineData("reseal=quickly", "not a size")]
    [InlineData("reseal=-1", "not a size")]
    [InlineData("decoys", "needs a value")]
    public void Parse_of_what_is_wrong_is_a_usage_error_that_names_it(string list, string words)
    {
        CommandException fault = Should.Throw<CommandException>(() => MountOptionParser.Parse([list]));

        fault.Code.ShouldBe(ExitCode.Usage);
        fault.Message.ShouldContain(words);
    }

    [Fact]
    public void Parse_of_a_list_beyond_the_limit_is_refused() =>
        Should.Throw<CommandException>(() => MountOptionParser.Parse([new string('a', MountOptionParser.MaxLength + 1)])).Code.ShouldBe(ExitCode.Usage);
}
