using Tessera.Core.FileSystem;
using Tessera.Host.Sharing;
using Tessera.Wire;
using Tessera.Wire.Exporting;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>A client that has mounted an export. Outlives its connections by the grace time: what it has open, and locked, is kept for so long.</summary>
internal sealed class ExportSession : ServedSession
{
    private readonly SharedExport export;
    private readonly ExportedFiles view;
    private readonly Exporter exporter;
    private readonly bool readOnly;

    public ExportSession(SharedExport export, Grant grant, bool readOnly, ServerRules rules, ServerRecord record)
        : base("export", export.Source.Name, grant, rules, record)
    {
        this.export = export;
        this.readOnly = readOnly || export.Source.IsReadOnly;
        view = export.Open();
        IFileSystem stack = new OpenedListings(SessionStack.Compose(view, Identity, rules, record));
        (uint uid, uint gid) = export.Source.Owner;
        exporter = new Exporter(stack, new ExportPolicy(uid, gid, this.readOnly) { KeepsOwners = true }, fault => Log.Fault("export", fault))
        {
            Watched = view,
            Locks = export.Locks,
        };
    }

    public override string Detail => "export";

    public int OpenFiles => exporter.OpenFiles;

    protected override WireFeatures Offers => exporter.Offers;

    protected override Welcome Welcome(WireFeatures features) => new(1, Rules.Grace, features, Key) { ReadOnly = readOnly };

    protected override Task<Farewell?> ServeAsync(IFrameTransport transport, WireFeatures features) => exporter.ServeAsync(transport, features);

    protected override Task SayFarewellAsync(Farewell farewell) => exporter.EndAsync(farewell);

    /// <summary>Closes what the client has open, and lets go its locks.</summary>
    protected override async Task CloseAsync(Task connected)
    {
        await Task.WhenAny(connected, Task.Delay(WireLimits.FarewellTime)); // A client that has heard why hangs up; aborted at once it might not hear.
        HangUp();
        await connected;
        await exporter.DisposeAsync();
        export.Close(view);
    }
}
