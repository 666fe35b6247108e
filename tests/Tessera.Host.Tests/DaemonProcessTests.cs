using System.Text;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;

namespace Tessera.Host.Tests;

public sealed class DaemonProcessTests
{
    [Fact]
    public async Task The_request_arrives_as_it_was_sent_and_the_key_after_it()
    {
        var request = new MountRequest
        {
            Source = "vault ä",
            VolumePath = "/home/ann/vault ä",
            MountPoint = "/home/ann/mnt\n",
            Options = new MountOptions { ReadOnly = true, MemoryBytes = 1 << 20, AllowOther = true },
            KeyBytes = 4,
        };
        using var pipe = new MemoryStream();
        await new LineChannel(pipe, ControlLimits.MaxRequestBytes).WriteAsync(request, ControlJson.Default.MountRequest, TestContext.Current.CancellationToken);
        pipe.Write([10, 0, 255, 10]);
        pipe.Position = 0;

        MountRequest received = DaemonProcess.ReadRequest(pipe);
        byte[] key = new byte[received.KeyBytes];
        DaemonProcess.ReadKey(pipe, key);

        received.ShouldBe(request);
        key.ShouldBe([10, 0, 255, 10]);
    }

    [Fact]
    public void A_request_beyond_the_limit_is_refused()
    {
        using var pipe = new MemoryStream(Encoding.UTF8.GetBytes(new string(' ', ControlLimits.MaxRequestBytes + 1)));

        Should.Throw<InvalidDataException>(() => DaemonProcess.ReadRequest(pipe));
    }
}
