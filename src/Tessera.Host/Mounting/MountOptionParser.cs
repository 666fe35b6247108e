using System.Globalization;
using Tessera.Container;
using Tessera.Container.Remembering;
using Tessera.Host.Alarms;
using Tessera.Host.CommandLine;
using Tessera.Volumes;
using Tessera.Volumes.Accesses;

namespace Tessera.Host.Mounting;

/// <summary>Reads the comma-separated list of "mount -o" (mount(8), fstab(5)).</summary>
internal static class MountOptionParser
{
    /// <summary>More than any fstab line; the kernel takes one page of options in all.</summary>
    public const int MaxLength = 4096;

    /// <summary>A day: for what never changes behind the mount.</summary>
    private const int MaxTimeoutSeconds = 86_400;

    private static readonly Dictionary<string, Func<MountOptions, MountOptions>> Flags = new(StringComparer.Ordinal)
    {
        ["ro"] = o => o with { ReadOnly = true },
        ["rw"] = o => o with { ReadOnly = false },
        ["noatime"] = o => o with { AccessTimes = AccessTimePolicy.Never },
        ["relatime"] = o => o with { AccessTimes = AccessTimePolicy.Relative },
        ["strictatime"] = o => o with { AccessTimes = AccessTimePolicy.Strict },
        ["atime"] = o => o with { AccessTimes = AccessTimePolicy.Relative },
        ["nostrictatime"] = o => o with { AccessTimes = AccessTimePolicy.Relative },
        ["suid"] = o => o with { SetUserId = true },
        ["nosuid"] = o => o with { SetUserId = false },
        ["dev"] = o => o with { Devices = true },
        ["nodev"] = o => o with { Devices = false },
        ["exec"] = o => o with { NoExecute = false },
        ["noexec"] = o => o with { NoExecute = true },
        ["allow_other"] = o => o with { AllowOther = true },
        ["idmap"] = o => o with { IdMap = true },
        ["create"] = o => o with { Create = true },
        ["nopassthrough"] = o => o with { NoPassthrough = true },
        ["show_times"] = o => o with { ShowTimes = true },
        ["takeover"] = o => o with { TakeOver = true },
        ["accept_rollback"] = o => o with { AcceptRollback = true },
        ["noremember"] = o => o with { Forget = true },
        ["audit"] = o => o with { Audit = true },
        ["noalarm"] = o => o with { Alarm = null },
        ["noaudit"] = o => o with { Audit = false },
        ["remount"] = o => o with { Remount = true },
        ["user"] = o => o with { NoExecute = true, SetUserId = false, Devices = false },
        ["users"] = o => o with { NoExecute = true, SetUserId = false, Devices = false },
        ["owner"] = o => o with { SetUserId = false, Devices = false },
        ["group"] = o => o with { SetUserId = false, Devices = false },
    };

    /// <summary>Meant for mount(8), systemd or the boot order, or always so here: permissions are always checked by the kernel.</summary>
    private static readonly HashSet<string> Accepted = new(StringComparer.Ordinal)
    {
        "defaults", "auto", "noauto", "nouser", "nofail", "_netdev", "default_permissions", "async", "diratime", "nodiratime", "loud", "silent",
    };

    private static readonly Dictionary<string, Func<MountOptions, string, MountOptions>> Values = new(StringComparer.Ordinal)
    {
        ["passphrase_file"] = (o, value) => o with { PassphraseFile = value },
        ["passphrase_command"] = (o, value) => o with { PassphraseCommand = value },
        ["key_file"] = (o, value) => o with { KeyFile = value },
        ["fido2"] = (o, value) => o with { Fido2 = value },
        ["fido2_pin_file"] = (o, value) => o with { Fido2PinFile = value },
        ["rollback_counter"] = (o, value) => o with { CounterUse = RollbackCounterOf(value) },
        ["token_file"] = (o, value) => o with { TokenFile = value },
        ["client_certificate"] = (o, value) => o with { ClientCertificate = value },
        ["fingerprint"] = (o, value) => o with { Fingerprint = value },
        ["cache"] = (o, value) => o with { Cache = CacheModeOf(value) },
        ["key_memory"] = (o, value) => o with { KeyMemoryKiB = (uint)KeyCostOption.Parse(value).MemoryKiB },
        ["memory"] = (o, value) => o with { MemoryBytes = ByteSize.Parse(value) },
        ["uid"] = (o, value) => o with { Uid = Id("uid", value) },
        ["gid"] = (o, value) => o with { Gid = Id("gid", value) },
        ["attr_timeout"] = (o, value) => o with { AttributeTimeout = Seconds("attr_timeout", value) },
        ["entry_timeout"] = (o, value) => o with { EntryTimeout = Seconds("entry_timeout", value) },
        ["negative_timeout"] = (o, value) => o with { NegativeTimeout = Seconds("negative_timeout", value) },
        ["idle"] = (o, value) => o with { IdleSeconds = Duration.Parse(value).TotalSeconds },
        ["for"] = (o, value) => o with { LimitSeconds = Duration.Parse(value).TotalSeconds },
        ["reshuffle"] = (o, value) => o with { ReshufflePercent = Percent(value) },
        ["reseal"] = (o, value) => o with { ResealRate = ByteSize.Parse(value) },
        ["decoys"] = (o, value) => o with { Decoys = DecoyCount(value) },
        ["cover"] = (o, value) => o with { CoverRate = CoverRate(value) },
        ["alarm"] = (o, value) => o with { Alarm = AlarmActionOf(value) },
        ["alarm_reads"] = (o, value) => o with { AlarmReads = AlarmRate.Parse("alarm_reads", value) },
        ["alarm_deletes"] = (o, value) => o with { AlarmDeletes = AlarmRate.Parse("alarm_deletes", value) },
        ["audit_size"] = (o, value) => o with { AuditBytes = AuditBytes(value) },
        ["subtype"] = (o, _) => o,
        ["fsname"] = (o, _) => o,

        // What the kernel tells of a FUSE mount: mount(8) gives it back when it remounts one.
        ["user_id"] = (o, _) => o,
        ["group_id"] = (o, _) => o,
        ["max_read"] = (o, _) => o,
        ["blksize"] = (o, _) => o,
    };

    /// <summary>Applies the lists in their order, the later option winning.</summary>
    /// <param name="lists">In the order of the command line.</param>
    /// <param name="ignoreUnknown">"mount -s": options of other systems in a shared fstab are no error.</param>
    /// <param name="unlessTold">What holds before the first option.</param>
    /// <exception cref="CommandException">An option is unknown or lacks its value: exit 2.</exception>
    public static MountOptions Parse(IEnumerable<string> lists, bool ignoreUnknown = false, MountOptions? unlessTold = null)
    {
        MountOptions options = unlessTold ?? new MountOptions();
        foreach (string list in lists)
        {
            if (list.Length > MaxLength)
            {
                throw new CommandException(ExitCode.Usage, $"The mount options are longer than {MaxLength} characters.");
            }

            foreach (string option in Split(list))
            {
                options = Apply(options, option, ignoreUnknown);
            }
        }

        return options;
    }

    private static MountOptions Apply(MountOptions options, string option, bool ignoreUnknown)
    {
        int equals = option.IndexOf('=', StringComparison.Ordinal);
        string name = equals < 0 ? option : option[..equals];
        if (name.StartsWith("x-", StringComparison.OrdinalIgnoreCase) || name.StartsWith("comment", StringComparison.Ordinal))
        {
            return options;
        }

        if (equals >= 0 && Values.TryGetValue(name, out var withValue))
        {
            string value = option[(equals + 1)..];
            return value.Length > 0
                ? withValue(options, value)
                : throw new CommandException(ExitCode.Usage, $"The mount option '{name}' has an empty value.");
        }

        if (equals < 0 && Flags.TryGetValue(name, out var flag))
        {
            return flag(options);
        }

        if (ignoreUnknown || (equals < 0 && Accepted.Contains(name)))
        {
            return options;
        }

        string sentence = Values.ContainsKey(name)
            ? $"The mount option '{name}' needs a value: {name}=…."
            : $"The mount option '{name}' is not known.";
        throw new CommandException(ExitCode.Usage, sentence, "Options that Tessera knows are listed by 'tessera mount --help'.");
    }

    /// <summary>A number, as mount(8) has it for other file systems; the last one stands for no id at all.</summary>
    private static uint Id(string option, string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint id) && id != uint.MaxValue
            ? id
            : throw new CommandException(ExitCode.Usage, $"The mount option '{option}' takes the number of a user or group; '{value}' is none.", "id -u NAME and id -g NAME tell the numbers.");

    private static uint DecoyCount(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint count) && count <= ContainerOptions.MostDecoys
            ? count
            : throw new CommandException(ExitCode.Usage, $"The mount option 'decoys' takes a number from 0 to {ContainerOptions.MostDecoys}; '{value}' is none.");

    private static AlarmAction AlarmActionOf(string value) => value switch
    {
        "warn" => AlarmAction.Warn,
        "throttle" => AlarmAction.Throttle,
        "lock" => AlarmAction.Lock,
        _ => throw new CommandException(ExitCode.Usage, $"The mount option 'alarm' is warn, throttle or lock; '{value}' is none of them."),
    };

    /// <summary>Also of "--rollback-counter".</summary>
    public static CounterUse RollbackCounterOf(string value) => value switch
    {
        "tpm" => CounterUse.Bind,
        "none" => CounterUse.Release,
        _ => throw new CommandException(ExitCode.Usage, $"A rollback counter is 'tpm', or 'none' for none from now on; '{value}' is neither."),
    };

    private static CacheMode CacheModeOf(string value) => value switch
    {
        "close-to-open" => CacheMode.CloseToOpen,
        "session" => CacheMode.Session,
        "strict" => CacheMode.Strict,
        _ => throw new CommandException(ExitCode.Usage, $"The mount option 'cache' is close-to-open, session or strict; '{value}' is none of them."),
    };

    private static long AuditBytes(string value) =>
        ByteSize.Parse(value) is >= AccessLogLimits.MinBytes and <= AccessLogLimits.MaxBytes and var bytes
            ? bytes
            : throw new CommandException(ExitCode.Usage, $"The mount option 'audit_size' takes a size from 1M to 4G; '{value}' is none.");

    private static long CoverRate(string value) =>
        ByteSize.Parse(value) is >= ContainerOptions.LeastCover and <= ContainerOptions.MostCover and var rate
            ? rate
            : throw new CommandException(ExitCode.Usage, $"The mount option 'cover' takes bytes a second from 64K to 64M; '{value}' is none.");

    private static uint Percent(string value) =>
        uint.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out uint percent) && percent <= VolumeOptions.MostReshuffle
            ? percent
            : throw new CommandException(ExitCode.Usage, $"The mount option 'reshuffle' takes a percentage from 0 to {VolumeOptions.MostReshuffle}; '{value}' is none.");

    /// <summary>Seconds and parts of them, as fuse(8) has it.</summary>
    private static double Seconds(string option, string value) =>
        double.TryParse(value, NumberStyles.AllowDecimalPoint, CultureInfo.InvariantCulture, out double seconds) && seconds <= MaxTimeoutSeconds
            ? seconds
            : throw new CommandException(ExitCode.Usage, $"The mount option '{option}' takes seconds, at most {MaxTimeoutSeconds}; '{value}' is none.");

    /// <summary>Splits at commas; "\," stands for a comma inside a value, as in fuse(8).</summary>
    internal static IEnumerable<string> Split(string list)
    {
        var option = new System.Text.StringBuilder();
        for (int i = 0; i < list.Length; i++)
        {
            if (list[i] == '\\' && i + 1 < list.Length && list[i + 1] == ',')
            {
                option.Append(',');
                i++;
            }
            else if (list[i] != ',')
            {
                option.Append(list[i]);
            }
            else if (option.Length > 0)
            {
                yield return option.ToString();
                option.Clear();
            }
        }

        if (option.Length > 0)
        {
            yield return option.ToString();
        }
    }
}
