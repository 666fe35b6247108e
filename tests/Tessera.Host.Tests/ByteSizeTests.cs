using Tessera.Host.CommandLine;

namespace Tessera.Host.Tests;

public sealed class ByteSizeTests
{
    [Theory]
    [InlineData("0", 0)]
    [InlineData("512", 512)]
    [InlineData("300M", 300L << 20)]
    [InlineData("300MiB", 300L << 20)]
    [InlineData("10g", 10L << 30)]
    [InlineData("1.5T", 3L << 39)]
    public void Parse_reads_what_people_write(string text, long bytes) => ByteSize.Parse(text).ShouldBe(bytes);

    [Theory]
    [InlineData("")]
    [InlineData("G")]
    [InlineData("-1")]
    [InlineData("1e3")]
    [InlineData("10X")]
    [InlineData("9E9")]
    [InlineData("9999999999999999999")]
    public void Parse_of_what_is_no_size_is_a_usage_error(string text) =>
        Should.Throw<CommandException>(() => ByteSize.Parse(text)).Code.ShouldBe(ExitCode.Usage);

    [Theory]
    [InlineData(0, "0 B")]
    [InlineData(1023, "1023 B")]
    [InlineData(1024, "1.00 KiB")]
    [InlineData(1536 * 1024, "1.50 MiB")]
    [InlineData(300L << 20, "300 MiB")]
    public void Format_has_three_digits(ulong bytes, string text) => ByteSize.Format(bytes).ShouldBe(text);
}
