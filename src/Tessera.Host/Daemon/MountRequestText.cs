using System.Globalization;
using System.Text;
using Tessera.Container.Remembering;
using Tessera.Host.Alarms;
using Tessera.Host.Mounting;
using Tessera.Volumes;

namespace Tessera.Host.Daemon;

/// <summary>A mount request on its way to the daemon: "name=value" pairs, each ended by a zero byte as in /proc/PID/environ, and an empty one at the end.
/// What has its default is left out.</summary>
/// <remarks>Not JSON like everything else that is said to a daemon: reading one object by a serializer would cost it 3 MiB for as long as it lives.</remarks>
internal static class MountRequestText
{
    /// <exception cref="ArgumentException">A value has a zero byte in it.</exception>
    public static byte[] Encode(MountRequest request)
    {
        MountOptions options = request.Options;
        var text = new Writer();
        text.Put("source", request.Source);
        text.Put("volume", request.VolumePath);
        text.Put("mount_point", request.MountPoint);
        text.Put("locked_file", request.IsLockedFile);
        text.Put("log", request.LogPath);
        text.Put("seen", request.SeenDirectory);
        text.Put("key_bytes", request.KeyBytes);
        text.Put("rotates", request.KeyRotates);
        text.Put("read_only", options.ReadOnly);
        text.Put("access_times", (int)options.AccessTimes);
        text.Put("suid", options.SetUserId);
        text.Put("dev", options.Devices);
        text.Put("noexec", options.NoExecute);
        text.Put("allow_other", options.AllowOther);
        text.Put("uid", options.Uid);
        text.Put("gid", options.Gid);
        text.Put("idmap", options.IdMap);
        text.Put("passphrase_file", options.PassphraseFile);
        text.Put("passphrase_command", options.PassphraseCommand);
        text.Put("key_file", options.KeyFile);
        text.Put("fido2", options.Fido2);
        text.Put("fido2_pin_file", options.Fido2PinFile);
        text.Put("key_memory", options.KeyMemoryKiB);
        text.Put("memory", options.MemoryBytes);
        text.Put("create", options.Create);
        text.Put("show_times", options.ShowTimes);
        text.Put("takeover", options.TakeOver);
        text.Put("accept_rollback", options.AcceptRollback);
        text.Put("forget", options.Forget);
        text.Put("attr_timeout", options.AttributeTimeout);
        text.Put("entry_timeout", options.EntryTimeout);
        text.Put("negative_timeout", options.NegativeTimeout);
        text.Put("nopassthrough", options.NoPassthrough);
        text.Put("idle_seconds", options.IdleSeconds);
        text.Put("limit_seconds", options.LimitSeconds);
        text.Put("decoys", options.Decoys);
        text.Put("reshuffle", options.ReshufflePercent);
        text.Put("cover", options.CoverRate);
        text.Put("reseal", options.ResealRate);
        text.Put("audit", options.Audit);
        text.Put("audit_size", options.AuditBytes);
        text.Put("counter_use", (int?)options.CounterUse);
        text.Put("alarm", (int?)options.Alarm);
        text.Put("alarm_reads", options.AlarmReads?.Units);
        text.Put("alarm_reads_seconds", options.AlarmReads?.Window.TotalSeconds);
        text.Put("alarm_deletes", options.AlarmDeletes?.Units);
        text.Put("alarm_deletes_seconds", options.AlarmDeletes?.Window.TotalSeconds);
        text.Put("remount", options.Remount);
        text.Put("token_file", options.TokenFile);
        text.Put("client_certificate", options.ClientCertificate);
        text.Put("fingerprint", options.Fingerprint);
        text.Put("cache", (int?)options.Cache);
        return text.End();
    }

    /// <summary>Reads byte by byte up to the end: what follows is the key, and must not end up in a buffer that nobody clears.</summary>
    /// <exception cref="InvalidDataException">It is longer than <see cref="ControlLimits.MaxRequestBytes"/>, or not such a text.</exception>
    /// <exception cref="EndOfStreamException">It is cut short, or there is none: the command has ended.</exception>
    public static MountRequest Decode(Stream input)
    {
        var fields = new Reader(input);
        return new MountRequest
        {
            Source = fields.Require("source"),
            VolumePath = fields.Require("volume"),
            MountPoint = fields.Require("mount_point"),
            IsLockedFile = fields.Flag("locked_file"),
            LogPath = fields.Find("log"),
            SeenDirectory = fields.Find("seen"),
            KeyBytes = (int)fields.Number("key_bytes", int.MaxValue).GetValueOrDefault(),
            KeyRotates = fields.Flag("rotates"),
            Options = OptionsOf(fields),
        };
    }

    private static MountOptions OptionsOf(Reader fields) => new()
    {
        ReadOnly = fields.Flag("read_only"),
        AccessTimes = (AccessTimePolicy)fields.Number("access_times", int.MaxValue).GetValueOrDefault(),
        SetUserId = fields.Flag("suid"),
        Devices = fields.Flag("dev"),
        NoExecute = fields.Flag("noexec"),
        AllowOther = fields.Flag("allow_other"),
        Uid = (uint?)fields.Number("uid", uint.MaxValue),
        Gid = (uint?)fields.Number("gid", uint.MaxValue),
        IdMap = fields.Flag("idmap"),
        PassphraseFile = fields.Find("passphrase_file"),
        PassphraseCommand = fields.Find("passphrase_command"),
        KeyFile = fields.Find("key_file"),
        Fido2 = fields.Find("fido2"),
        Fido2PinFile = fields.Find("fido2_pin_file"),
        KeyMemoryKiB = (uint?)fields.Number("key_memory", uint.MaxValue),
        MemoryBytes = fields.Number("memory", long.MaxValue),
        Create = fields.Flag("create"),
        ShowTimes = fields.Flag("show_times"),
        TakeOver = fields.Flag("takeover"),
        AcceptRollback = fields.Flag("accept_rollback"),
        Forget = fields.Flag("forget"),
        AttributeTimeout = fields.Real("attr_timeout"),
        EntryTimeout = fields.Real("entry_timeout"),
        NegativeTimeout = fields.Real("negative_timeout"),
        NoPassthrough = fields.Flag("nopassthrough"),
        IdleSeconds = fields.Real("idle_seconds"),
        LimitSeconds = fields.Real("limit_seconds"),
        Decoys = (uint?)fields.Number("decoys", uint.MaxValue),
        ReshufflePercent = (uint?)fields.Number("reshuffle", uint.MaxValue),
        CoverRate = fields.Number("cover", long.MaxValue),
        ResealRate = fields.Number("reseal", long.MaxValue),
        Audit = fields.Flag("audit"),
        AuditBytes = fields.Number("audit_size", long.MaxValue),
        CounterUse = (CounterUse?)fields.Number("counter_use", (int)CounterUse.Release) ?? CounterUse.Keep,
        Alarm = (AlarmAction?)fields.Number("alarm", (int)AlarmAction.Lock),
        AlarmReads = fields.Rate("alarm_reads"),
        AlarmDeletes = fields.Rate("alarm_deletes"),
        Remount = fields.Flag("remount"),
        TokenFile = fields.Find("token_file"),
        ClientCertificate = fields.Find("client_certificate"),
        Fingerprint = fields.Find("fingerprint"),
        Cache = (CacheMode?)fields.Number("cache", (int)CacheMode.Strict),
    };

    private sealed class Writer
    {
        private readonly StringBuilder _text = new();

        public void Put(string name, string? value)
        {
            if (value is null)
            {
                return;
            }

            if (value.Contains('\0', StringComparison.Ordinal))
            {
                throw new ArgumentException($"A zero byte in '{name}'.", nameof(value));
            }

            _text.Append(name).Append('=').Append(value).Append('\0');
        }

        public void Put(string name, long? value) => Put(name, value?.ToString(CultureInfo.InvariantCulture));

        public void Put(string name, double? value) => Put(name, value?.ToString("R", CultureInfo.InvariantCulture));

        public void Put(string name, bool value) => Put(name, value ? "1" : null);

        public byte[] End() => Encoding.UTF8.GetBytes(_text.Append('\0').ToString());
    }

    private sealed class Reader
    {
        private readonly Dictionary<string, string> _values = new(StringComparer.Ordinal);

        public Reader(Stream input)
        {
            byte[] field = new byte[ControlLimits.MaxRequestBytes];
            int left = ControlLimits.MaxRequestBytes;
            for (int length = ReadField(input, field, ref left); length != 0; length = ReadField(input, field, ref left))
            {
                string pair = Encoding.UTF8.GetString(field, 0, length);
                int split = pair.IndexOf('=', StringComparison.Ordinal);
                if (split < 1 || !_values.TryAdd(pair[..split], pair[(split + 1)..]))
                {
                    throw NotARequest();
                }
            }
        }

        public string? Find(string name) => _values.GetValueOrDefault(name);

        public string Require(string name) => Find(name) ?? throw NotARequest();

        public bool Flag(string name) => Find(name) is not null;

        public long? Number(string name, long most) => Find(name) switch
        {
            null => null,
            { } text when long.TryParse(text, NumberStyles.None, CultureInfo.InvariantCulture, out long value) && value <= most => value,
            _ => throw NotARequest(),
        };

        public double? Real(string name) => Find(name) switch
        {
            null => null,
            { } text when double.TryParse(text, NumberStyles.Float, CultureInfo.InvariantCulture, out double value) => value,
            _ => throw NotARequest(),
        };

        public AlarmRate? Rate(string name) => Number(name, long.MaxValue) is { } units
            ? new AlarmRate(units, TimeSpan.FromSeconds(Real($"{name}_seconds") ?? throw NotARequest()))
            : null;

        private static int ReadField(Stream input, byte[] field, ref int left)
        {
            for (int length = 0; ; length++)
            {
                int next = input.ReadByte();
                if (next < 0 || left-- == 0)
                {
                    throw next < 0 ? new EndOfStreamException() : new InvalidDataException("The mount request is too long.");
                }

                if (next == 0)
                {
                    return length;
                }

                field[length] = (byte)next;
            }
        }

        private static InvalidDataException NotARequest() => new("The mount request is not what was expected.");
    }
}
