using System.Collections.Concurrent;
using Tessera.Host.Exporting;
using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>What clients may mount, and those that have.</summary>
internal sealed class ExportTable : IAsyncDisposable
{
    private readonly Dictionary<string, SharedExport> exports = new(StringComparer.Ordinal);
    private readonly ConcurrentDictionary<ExportSession, bool> sessions = new(); // Changed under the gate, read without.
    private readonly SemaphoreSlim gate = new(1);
    private readonly ServerRules rules;
    private readonly ServerRecord record;
    private volatile bool isEnding;

    private ExportTable(ServerRules rules, ServerRecord record)
    {
        this.rules = rules;
        this.record = record;
    }

    public int Count => exports.Count;

    public IEnumerable<SharedExport> All => exports.Values;

    /// <summary>Those there are at this moment.</summary>
    public IEnumerable<ExportSession> Sessions => sessions.Keys;

    /// <summary>Ranges of files that are locked.</summary>
    public int Locks => exports.Values.Sum(export => export.Locks.Count);

    /// <summary>Why no further client could be served; null: it could.</summary>
    public string? Obstacle => isEnding ? "The server ends."
        : sessions.Count >= ServerLimits.MaxExportSessions ? "No more clients may mount."
        : record.Audit?.Journal.IsFailing == true ? "The audit file cannot be written."
        : exports.Values.Any(export => export.Source.Fault is not null) ? "An exported volume has met a fault."
        : null;

    /// <summary>Opens all that is to be exported, or nothing.</summary>
    /// <exception cref="IOException">Something does not open.</exception>
    public static async Task<ExportTable> OpenAsync(IReadOnlyList<ExportOptions> wanted, ServerRules rules, ServerRecord record)
    {
        var table = new ExportTable(rules, record);
        try
        {
            foreach (ExportOptions options in wanted)
            {
                table.exports.Add(options.Name, new SharedExport(await ServedFiles.OpenAsync(options, record.Log)));
                record.Log.Info("exporting", ("export", options.Name), ("source", options.Source));
            }

            return table;
        }
        catch
        {
            await table.DisposeAsync();
            throw;
        }
    }

    public bool Has(string name) => exports.ContainsKey(name);

    /// <summary>Serves a client until its connection is lost or its session over.</summary>
    /// <returns>Why it is refused, else null.</returns>
    public async Task<Farewell?> ServeAsync(Visitor visitor, Hello hello, IFrameTransport transport)
    {
        Task connected;
        await gate.WaitAsync();
        try
        {
            (ExportSession? session, Farewell? refusal) = Find(visitor, hello);
            if (session is null)
            {
                return refusal;
            }

            connected = await session.ConnectAsync(transport, visitor.Client, hello.Features);
        }
        finally
        {
            gate.Release();
        }

        await connected;
        return null;
    }

    public async Task EndAllAsync()
    {
        await gate.WaitAsync();
        isEnding = true;
        ExportSession[] all = [.. sessions.Keys];
        gate.Release();
        await Task.WhenAll(all.Select(session => session.EndAsync(new Farewell(FarewellReason.Ended, "The server ends."))));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAllAsync();
        foreach (SharedExport export in exports.Values)
        {
            await export.DisposeAsync();
        }

        gate.Dispose();
    }

    private (ExportSession? Session, Farewell? Refusal) Find(Visitor visitor, Hello hello)
    {
        if (!hello.Session.IsNone)
        {
            ExportSession? known = sessions.Keys.FirstOrDefault(session => session.Key.Matches(hello.Session));
            return known is { IsEnded: false } && known.Name == visitor.Workspace && known.Grant.Id == visitor.Grant.Id
                ? (known, null)
                : (null, new Farewell(FarewellReason.UnknownSession, "That session is not known here."));
        }

        if (record.Audit?.Journal.IsFailing == true)
        {
            return (null, new Farewell(FarewellReason.Fault, "The server cannot write down what is done, and does nothing until it can."));
        }

        if (isEnding || sessions.Count >= ServerLimits.MaxExportSessions)
        {
            return (null, new Farewell(FarewellReason.Full, "No more clients may mount."));
        }

        var made = new ExportSession(exports[visitor.Workspace], visitor.Grant, hello.ReadOnly || visitor.Grant.ReadOnly, rules, record);
        sessions[made] = true;
        _ = ForgetAsync(made);
        return (made, null);
    }

    private async Task ForgetAsync(ExportSession session)
    {
        await session.Ended;
        sessions.TryRemove(session, out _);
    }
}
