using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Sharing;

namespace Tessera.Host.Tests;

/// <summary>Which addresses may be named for one server.</summary>
public sealed class ServerAddressesTests
{
    private static readonly CertificateFingerprint Fingerprint = CertificateFingerprint.Parse(string.Join(':', Enumerable.Repeat("5B", 32)));

    [Fact]
    public void Addresses_are_in_their_order_and_each_is_that_of_the_export()
    {
        ServerAddresses addresses = RemoteSource.AddressesOf("wss://a:7400/vol,wss://b/behind/exports/vol,wss://10.0.0.1/vol", Fingerprint);

        addresses.Count.ShouldBe(3);
        addresses.Preferred.ShouldBe(addresses[0]);
        addresses.ToString().ShouldBe("wss://a:7400/exports/vol,wss://b/behind/exports/vol,wss://10.0.0.1/exports/vol");
        addresses.From(2).ShouldBe([2, 0, 1]);
        addresses.From(3).ShouldBe([0, 1, 2]);
    }

    [Theory]
    [InlineData("wss://a/vol,ws://127.0.0.1/vol", "TLS")]
    [InlineData("ws://127.0.0.1/vol,wss://a/vol", "TLS")]
    [InlineData("ws://127.0.0.1/vol,ws://192.0.2.1/vol", "unencrypted")]
    [InlineData("wss://a/vol,wss://b/dir", "different names")]
    [InlineData("wss://a/vol,wss://a/vol", "twice")]
    [InlineData("wss://a/vol,wss://a:443/vol", "twice")]
    [InlineData("wss://a/vol,", "not the address")]
    [InlineData("wss://a/vol,http://b/vol", "not a URL")]
    [InlineData("tls://a/vol", "no port")]
    [InlineData("tls://a:7400/vol,ws://127.0.0.1/vol", "TLS")]
    [InlineData("wss://a/vol,wss://user:secret@b/vol", "not the address")]
    [InlineData("wss://1/v,wss://2/v,wss://3/v,wss://4/v,wss://5/v,wss://6/v,wss://7/v,wss://8/v,wss://9/v", "more than 8")]
    public void What_cannot_be_one_server_is_refused(string list, string why)
    {
        CommandException refused = Should.Throw<CommandException>(() => RemoteSource.AddressesOf(list, fingerprint: null));

        refused.Code.ShouldBe(ExitCode.Usage);
        refused.Message.ShouldContain(why);
        refused.Message.ShouldNotContain("secret");
    }

    [Fact]
    public void Addresses_with_and_without_HTTP_may_be_of_one_server()
    {
        ServerAddresses addresses = RemoteSource.AddressesOf("tls://a:7400/vol,wss://b/behind/exports/vol", Fingerprint);

        addresses.ToString().ShouldBe("tls://a:7400/exports/vol,wss://b/behind/exports/vol");
        addresses.Preferred.Port.ShouldBe(7400);
    }

    [Fact]
    public void A_fingerprint_is_for_addresses_with_TLS() =>
        Should.Throw<CommandException>(() => RemoteSource.AddressesOf("ws://127.0.0.1:1/vol,ws://127.0.0.1:2/vol", Fingerprint)).Code.ShouldBe(ExitCode.Usage);
}
