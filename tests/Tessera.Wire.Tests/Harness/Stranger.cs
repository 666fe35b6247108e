using System.Buffers.Binary;
using System.Diagnostics;
using Tessera.Core.FileSystem;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Tests.Harness;

/// <summary>An importer that says what it likes to an exporter of a directory.</summary>
internal sealed class Stranger : IAsyncDisposable
{
    private static readonly TimeSpan Limit = TimeSpan.FromSeconds(30);

    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");
    private readonly HostDirectory host;
    private readonly MemoryTransport end;
    private readonly byte[] received = new byte[WireLimits.MaxFrame];

    public Stranger(bool readOnly = false)
        : this(new ExportPolicy(0, 0, readOnly))
    {
    }

    public Stranger(ExportPolicy policy)
    {
        Path = Directory.CreateDirectory(System.IO.Path.Combine(scratch.FullName, "shared")).FullName;
        host = HostDirectory.Open(Path, new HostDirectoryOptions { ReadOnly = policy.ReadOnly });
        Exporter = new Exporter(host, policy, Faults.Add);
        (MemoryTransport exporterEnd, end) = MemoryTransport.CreatePair();
        Serving = Exporter.ServeAsync(exporterEnd);
    }

    public string Path { get; }

    public string Above => scratch.FullName;

    /// <summary>What is exported, without the exporter between.</summary>
    public IFileSystem Files => host;

    public Exporter Exporter { get; }

    public List<Exception> Faults { get; } = [];

    public Task<Farewell?> Serving { get; }

    public static byte[] Request(RequestId id, params Step[] steps)
    {
        byte[] frame = new byte[WireLimits.MaxFrame];
        new RequestBody(0, 0, 0).Write(frame);
        int length = RequestBody.FirstStep;
        foreach (Step step in steps)
        {
            length += StepCodec.Write(frame.AsSpan(length), step);
        }

        new FrameHeader(length, FrameType.Request, steps.Length, id.Encoded).Write(frame);
        return frame[..length];
    }

    /// <summary>The errno of a reply's first step.</summary>
    public static FsError ErrorOf(byte[] reply) => (FsError)BinaryPrimitives.ReadUInt16LittleEndian(reply.AsSpan(FrameHeader.Size + 2));

    public Task SendAsync(byte[] frame) => end.SendAsync(frame, CancellationToken.None).AsTask();

    public async Task<byte[]> AskAsync(byte[] frame)
    {
        await SendAsync(frame);
        int length = await end.ReceiveAsync(received, CancellationToken.None).AsTask().WaitAsync(Limit);
        return received[..length];
    }

    /// <summary>Why the exporter ended, once it has; null: it did not because of what was said.</summary>
    public async Task<Exception?> EndAsync(bool hangUp = false)
    {
        if (hangUp)
        {
            end.Abort();
        }

        try
        {
            await Serving.WaitAsync(Limit);
            return null;
        }
        catch (WireProtocolException fault)
        {
            return fault;
        }
    }

    public async ValueTask DisposeAsync()
    {
        end.Abort();
        await Exporter.DisposeAsync();
        host.Dispose();
        using Process remove = Process.Start("rm", ["-rf", scratch.FullName]); // .NET cannot name what is not UTF-8.
        await remove.WaitForExitAsync();
    }
}
