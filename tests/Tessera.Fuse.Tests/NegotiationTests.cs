using System.Runtime.InteropServices;

namespace Tessera.Fuse.Tests;

public sealed class NegotiationTests
{
    [Theory]
    [InlineData(30u, Errno.EPROTO)]
    [InlineData(31u, Errno.None)]
    [InlineData(45u, Errno.None)]
    [InlineData(99u, Errno.None)]
    public void Minor_version_is_the_smaller_of_both_down_to_31(uint kernelMinor, Errno outcome)
    {
        var kernel = new InitIn { Major = 7, Minor = kernelMinor };

        Negotiation.Settle(kernel, new FuseOptions(), out var reply, out var connection).ShouldBe(outcome);

        if (outcome == Errno.None)
        {
            reply.Minor.ShouldBe(Math.Min(kernelMinor, 45));
            connection!.Minor.ShouldBe(reply.Minor);
        }
    }

    [Fact]
    public void Newer_major_is_answered_with_ours_alone()
    {
        Negotiation.Settle(new InitIn { Major = 8 }, new FuseOptions(), out var reply, out var connection).ShouldBe(Errno.None);

        reply.Major.ShouldBe(7u);
        connection.ShouldBeNull();
    }

    [Fact]
    public void Feature_is_on_when_both_sides_have_it()
    {
        const FuseFeatures Kernel = FuseFeatures.PosixLocks | FuseFeatures.AsyncRead | FuseFeatures.InitExtended | FuseFeatures.Passthrough;
        var options = new FuseOptions { Features = FuseFeatures.PosixLocks | FuseFeatures.WritebackCache | FuseFeatures.Passthrough, MaxStackDepth = 1 };
        var kernel = new InitIn { Major = 7, Minor = 45, Flags = unchecked((uint)Kernel), Flags2 = (uint)((ulong)Kernel >> 32) };

        Negotiation.Settle(kernel, options, out var reply, out var connection);

        connection!.Features.ShouldBe(FuseFeatures.PosixLocks | FuseFeatures.InitExtended | FuseFeatures.Passthrough);
        reply.Flags2.ShouldBe(1u << 5);
        reply.MaxStackDepth.ShouldBe(1u);
    }

    [Fact]
    public void High_features_count_only_with_the_extended_flag()
    {
        new InitIn { Flags2 = 1u << 5 }.Features.ShouldBe(FuseFeatures.None);
        new InitIn { Flags = 1u << 30, Flags2 = 1u << 5 }.Features.ShouldBe(FuseFeatures.InitExtended | FuseFeatures.Passthrough);
    }

    [Theory]
    [InlineData(FuseFeatures.OverIoUring)]
    [InlineData(FuseFeatures.SecurityContext)]
    [InlineData(FuseFeatures.RequestTimeout)]
    public void Feature_the_library_does_not_serve_is_refused(FuseFeatures feature) =>
        Should.Throw<ArgumentException>(() => FuseOptions.Validate(new FuseOptions { Features = feature }));

    [Fact]
    public async Task Init_of_7_31_in_sixteen_bytes_is_accepted_and_setxattr_is_read_in_its_old_form()
    {
        string? received = null;
        var fileSystem = new ScriptedFileSystem
        {
            OnSetXattr = (_, name, value, _) =>
            {
                received = $"{System.Text.Encoding.UTF8.GetString(name.Span)}={System.Text.Encoding.UTF8.GetString(value.Span)}";
                return new(Errno.None);
            },
        };
        var kernel = new FakeKernel();
        var server = new FuseServer(fileSystem, kernel);
        server.Start();
        var init = Bytes.Of(new InitIn { Major = 7, Minor = 31, Flags = 1 })[..InitIn.CompatibleSize];

        var reply = await kernel.Ask(FuseOpcode.Init, 0, init).Soon();
        var set = await kernel.Ask(FuseOpcode.SetXattr, 2, Bytes.Concat(Bytes.Of(3UL), Bytes.Name("user.a"), "xyz"u8.ToArray())).Soon();
        kernel.Disconnect();
        await server.Completion.Soon();

        MemoryMarshal.Read<InitOut>(reply.Payload).Minor.ShouldBe(31u);
        set.Errno.ShouldBe(Errno.None);
        received.ShouldBe("user.a=xyz");
    }
}
