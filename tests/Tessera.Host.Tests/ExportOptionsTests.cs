using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Sharing;

namespace Tessera.Host.Tests;

/// <summary>What "serve --export" takes, and the addresses at which it is mounted.</summary>
public sealed class ExportOptionsTests
{
    [Fact]
    public void An_export_is_a_name_a_path_and_options()
    {
        ExportOptions parsed = ExportOptions.Parse(@"a.b-C_1=/srv/with\,comma=x,ro,passphrase_file=/etc/p,memory=128M");

        (parsed.Name, parsed.Source).ShouldBe(("a.b-C_1", "/srv/with,comma=x"));
        parsed.Options.ShouldBe(new MountOptions { ReadOnly = true, PassphraseFile = "/etc/p", MemoryBytes = 128 << 20 });
    }

    [Theory]
    [InlineData("")]
    [InlineData("name")]
    [InlineData("=path")]
    [InlineData("name=")]
    [InlineData(".name=path")]
    [InlineData("na/me=path")]
    [InlineData("name=path,nonsense")]
    [InlineData("name=path,allow_other")]
    [InlineData("name=path,uid=1")]
    [InlineData("name=path,create")]
    public void What_is_no_export_is_refused(string text) => Should.Throw<CommandException>(() => ExportOptions.Parse(text)).Code.ShouldBe(ExitCode.Usage);

    [Theory]
    [InlineData("wss://host:7400/name", "wss://host:7400/exports/name")]
    [InlineData("ws://127.0.0.1/name", "ws://127.0.0.1/exports/name")]
    [InlineData("wss://host/behind/a/proxy/exports/name", "wss://host/behind/a/proxy/exports/name")]
    public void An_address_is_that_of_the_export(string given, string address) => RemoteSource.AddressOf(given).AbsoluteUri.ShouldBe(address);

    [Theory]
    [InlineData("wss://host")]
    [InlineData("wss://host/")]
    [InlineData("wss://user:secret@host/name")]
    [InlineData("wss://host/name?token=secret")]
    [InlineData("wss://host/name#x")]
    public void What_names_no_export_is_refused(string given) => Should.Throw<CommandException>(() => RemoteSource.AddressOf(given)).Code.ShouldBe(ExitCode.Usage);
}
