using System.Text;
using Tessera.Core.FileSystem;
using Tessera.HostFiles;
using Tessera.Wire.Exporting;
using Tessera.Wire.Importing;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Tests.Harness;

/// <summary>A directory of the host, exported and imported in one process over a connection that can be cut and made anew.</summary>
internal sealed class WirePair : IAsyncDisposable
{
    private readonly DirectoryInfo scratch = Directory.CreateTempSubdirectory("tessera-test-");
    private readonly HostDirectory host;
    private readonly List<Exception> faults = [];
    private MemoryTransport? current;
    private Task<Farewell?> exporting = Task.FromResult<Farewell?>(null);
    private Task<Farewell?> importing = Task.FromResult<Farewell?>(null);

    /// <param name="readOnly">The exporter refuses changes.</param>
    /// <param name="freshness">How long the importer believes what it knows ahead; null: as long as it does otherwise.</param>
    /// <param name="deadline">Of the importer's requests; null: none.</param>
    public WirePair(bool readOnly = false, TimeSpan? freshness = null, TimeSpan? deadline = null)
    {
        Session = new ImportSession(deadline);
        Path = Directory.CreateDirectory(System.IO.Path.Combine(scratch.FullName, "shared")).FullName;
        host = HostDirectory.Open(Path, new HostDirectoryOptions());
        Exporter = new Exporter(host, new ExportPolicy(0, 0, readOnly), faults.Add);
        Files = new RemoteFileSystem(Session, freshness is { } time ? new RemoteFileSystemOptions { Freshness = time, MostFreshness = time } : new RemoteFileSystemOptions());
    }

    public static Caller Me { get; } = new(0, 0, 0, Door.Internal, KernelChecked: true);

    public string Path { get; }

    /// <summary>The directory that holds it: outside.</summary>
    public string Above => scratch.FullName;

    public Exporter Exporter { get; }

    public ImportSession Session { get; }

    public RemoteFileSystem Files { get; }

    /// <summary>Requests that somebody waited for, so far: round trips.</summary>
    public long RoundTrips => Session.Calls - Files.RequestsAhead;

    public IReadOnlyList<Exception> Faults => faults;

    public static byte[] Name(string name) => Encoding.UTF8.GetBytes(name);

    /// <summary>Makes a connection in the place of the one there was.</summary>
    /// <param name="toImporter">What becomes of the exporter's frames.</param>
    /// <param name="toExporter">What becomes of the importer's frames.</param>
    /// <param name="delay">How long each frame is on its way, in either direction; null: no time.</param>
    public async Task ConnectAsync(Func<byte[], byte[]?>? toImporter = null, Func<byte[], byte[]?>? toExporter = null, Func<byte[], TimeSpan>? delay = null)
    {
        await DisconnectAsync();
        (MemoryTransport exporterEnd, MemoryTransport importerEnd) = MemoryTransport.CreatePair();
        exporterEnd.OnSend = toImporter ?? exporterEnd.OnSend;
        importerEnd.OnSend = toExporter ?? importerEnd.OnSend;
        exporterEnd.Delay = importerEnd.Delay = delay;
        current = importerEnd;
        exporting = Exporter.ServeAsync(exporterEnd);
        importing = Session.RunAsync(importerEnd);
    }

    /// <summary>Cuts the connection; both ends have noticed when it returns.</summary>
    public async Task DisconnectAsync()
    {
        current?.Abort();
        await exporting;
        await importing;
    }

    /// <summary>Completes when either end has lost the connection.</summary>
    public Task LostAsync() => Task.WhenAny(exporting, importing);

    /// <summary>What was asked for ahead has come.</summary>
    public async Task SettleAsync()
    {
        while (Files.AheadUnderWay > 0)
        {
            await Task.Delay(1);
        }
    }

    /// <summary>What was known has become too old.</summary>
    public Task OutlastAsync() => Task.Delay(Files.BelievedFor + TimeSpan.FromMilliseconds(50));

    public async Task<ulong> LookupAsync(string name)
    {
        FsResult<InodeAttributes> found = await Files.LookupAsync(Me, FsLimits.RootInode, Name(name));
        found.Error.ShouldBe(FsError.None, name);
        return found.Value.Ino;
    }

    public async Task<OpenedFile> CreateAsync(string name)
    {
        FsResult<OpenedFile> made = await Files.CreateAsync(Me, FsLimits.RootInode, Name(name), 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive);
        made.Error.ShouldBe(FsError.None, name);
        return made.Value;
    }

    public async ValueTask DisposeAsync()
    {
        current?.Abort();
        Session.Dispose();
        Files.Dispose();
        await Exporter.DisposeAsync();
        host.Dispose();
        scratch.Delete(recursive: true);
    }
}
