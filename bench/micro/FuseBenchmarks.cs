using BenchmarkDotNet.Attributes;
using Tessera.Fuse;

namespace Tessera.MicroBenchmarks;

/// <summary>One request from its bytes to its reply, the kernel and the file system left out.</summary>
public class FuseBenchmarks
{
    private const int Page = 4096;
    private RequestPool requests = null!;
    private Dispatcher dispatcher = null!;
    private byte[] getAttributes = [];
    private byte[] write = [];
    private byte[] read = [];

    [GlobalSetup]
    public void Setup()
    {
        requests = new RequestPool(FuseOptions.LargestMaxWrite, limit: 2);
        dispatcher = new Dispatcher(new ReadyFileSystem(), new DiscardingTransport(), requests, new FuseOptions { OnFault = fault => throw new InvalidOperationException(fault.Message) });
        getAttributes = Message.Of(FuseOpcode.GetAttributes, default(GetAttributesArguments), 0);
        write = Message.Of(FuseOpcode.Write, new WriteArguments { Size = Page }, Page);
        read = Message.Of(FuseOpcode.Read, new ReadArguments { Size = Page }, 0);
    }

    [GlobalCleanup]
    public void Cleanup()
    {
        requests.Close();
        requests.Free();
    }

    [Benchmark]
    public void GetAttributes() => Serve(getAttributes);

    [Benchmark]
    public void Write4KiB() => Serve(write);

    [Benchmark]
    public void Read4KiB() => Serve(read);

    private void Serve(byte[] message)
    {
        FuseRequest request = requests.Rent()!;
        message.CopyTo(request.ReadTarget); // The kernel's copy.
        dispatcher.Dispatch(request, message.Length);
    }
}
