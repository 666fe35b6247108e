using System.Collections.Concurrent;

namespace Tessera.Fuse.Tests;

/// <summary>A server on a fake kernel, initialized.</summary>
internal sealed class FakeSession : IAsyncDisposable
{
    public static readonly TimeSpan Patience = TimeSpan.FromSeconds(20);

    private FakeSession(FuseFileSystem fileSystem, FuseOptions options)
    {
        Kernel = new FakeKernel();
        Server = new FuseServer(fileSystem, Kernel, options with { OnFault = Faults.Enqueue });
        Server.Start();
    }

    public FakeKernel Kernel { get; }

    public FuseServer Server { get; }

    public ConcurrentQueue<FuseFault> Faults { get; } = [];

    public static async Task<FakeSession> StartAsync(FuseFileSystem fileSystem, FuseOptions? options = null)
    {
        var session = new FakeSession(fileSystem, options ?? new FuseOptions { MaxWrite = 64 * 1024 });
        (await session.Kernel.Initialize().Soon()).Error.ShouldBe(0);
        return session;
    }

    public async ValueTask DisposeAsync()
    {
        Kernel.Disconnect();
        await Server.Completion.Soon();
        Kernel.IsDisposed.ShouldBeTrue();
        Kernel.Strays.ShouldBeEmpty();
    }
}
