using System.Reflection;
using System.Text;
using Tessera.Container.Remembering;
using Tessera.Host.Alarms;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;
using Tessera.Volumes;

namespace Tessera.Host.Tests;

public sealed class MountRequestTextTests
{
    private static readonly MountRequest s_plain = new()
    {
        Source = "vault ä",
        VolumePath = "/home/ann/vault ä",
        MountPoint = "/home/ann/mnt\n=",
        Options = new MountOptions(),
    };

    public static TheoryData<string> OptionNames =>
        [.. typeof(MountOptions).GetProperties().Where(static property => property.CanWrite).Select(static property => property.Name)];

    [Fact]
    public void The_request_arrives_as_it_was_sent_and_the_key_after_it()
    {
        MountRequest request = s_plain with { KeyBytes = 4, KeyRotates = true, IsLockedFile = true, LogPath = "/log", SeenDirectory = string.Empty };
        using var pipe = new MemoryStream([.. MountRequestText.Encode(request), 10, 0, 255, 10]);

        MountRequest received = MountRequestText.Decode(pipe);
        byte[] key = new byte[received.KeyBytes];
        DaemonProcess.ReadKey(pipe, key);

        received.ShouldBe(request);
        key.ShouldBe([10, 0, 255, 10]);
    }

    [Theory]
    [MemberData(nameof(OptionNames))]
    public void Every_option_reaches_the_daemon(string name)
    {
        var options = new MountOptions();
        PropertyInfo property = typeof(MountOptions).GetProperty(name)!;
        property.SetValue(options, OtherThanDefault(property.PropertyType));

        MountOptions received = MountRequestText.Decode(new MemoryStream(MountRequestText.Encode(s_plain with { Options = options }))).Options;

        received.ShouldBe(options);
        received.ShouldNotBe(new MountOptions());
    }

    [Theory]
    [InlineData("source=a\0volume=b\0\0", "a field that is required is missing")]
    [InlineData("source=a\0volume=b\0mount_point=c\0uid=4294967296\0\0", "a number too large")]
    [InlineData("source=a\0volume=b\0mount_point=c\0uid=-1\0\0", "a negative number")]
    [InlineData("source=a\0source=b\0volume=b\0mount_point=c\0\0", "a field twice")]
    [InlineData("source=a\0volume=b\0mount_point=c\0=x\0\0", "a field without a name")]
    public void What_is_no_request_is_refused(string text, string why) =>
        Should.Throw<InvalidDataException>(() => MountRequestText.Decode(new MemoryStream(Encoding.UTF8.GetBytes(text))), why);

    [Theory]
    [InlineData("")]
    [InlineData("source=a\0volume=b\0mount_point=c\0read_on")]
    [InlineData("source=a\0volume=b\0mount_point=c\0read_only=1\0")]
    public void A_command_that_ends_early_is_not_taken_for_a_bad_request(string text) =>
        Should.Throw<EndOfStreamException>(() => MountRequestText.Decode(new MemoryStream(Encoding.UTF8.GetBytes(text))));

    [Fact]
    public void A_request_beyond_the_limit_is_refused()
    {
        using var pipe = new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', ControlLimits.MaxRequestBytes + 1)));

        Should.Throw<InvalidDataException>(() => MountRequestText.Decode(pipe)).Message.ShouldContain("too long");
    }

    [Fact]
    public void A_value_with_a_zero_byte_is_refused_before_it_is_sent() =>
        Should.Throw<ArgumentException>(() => MountRequestText.Encode(s_plain with { LogPath = "a\0uid=0" }));

    private static object OtherThanDefault(Type type) =>
        type == typeof(bool) ? true
        : type == typeof(string) ? "päth=\n"
        : type == typeof(uint?) ? uint.MaxValue
        : type == typeof(long?) ? long.MaxValue
        : type == typeof(double?) ? 0.1
        : type == typeof(AlarmAction?) ? AlarmAction.Warn
        : type == typeof(CacheMode?) ? CacheMode.Strict
        : type == typeof(AlarmRate?) ? new AlarmRate(long.MaxValue, TimeSpan.FromDays(1))
        : type == typeof(CounterUse) ? CounterUse.Release
        : type == typeof(AccessTimePolicy) ? AccessTimePolicy.Strict
        : throw new NotSupportedException($"{type}: say here what else it can be.");
}
