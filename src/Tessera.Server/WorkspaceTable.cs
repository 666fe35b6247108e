using System.Collections.Concurrent;
using Tessera.Host.CommandLine;
using Tessera.Host.Logging;
using Tessera.Host.Mounting;
using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;
using Tessera.Wire.Transport;

namespace Tessera.Server;

/// <summary>The workspaces that are mounted, by name.</summary>
internal sealed class WorkspaceTable : IAsyncDisposable
{
    private readonly ServerRules rules;
    private readonly ServerRecord record;
    private readonly SemaphoreSlim gate = new(1);
    private readonly ConcurrentDictionary<string, Workspace> workspaces = new(StringComparer.Ordinal); // Changed under the gate, read without.
    private volatile bool isEnding;

    /// <exception cref="CommandException">The directory cannot be used.</exception>
    public WorkspaceTable(string directory, ServerRules rules, ServerRecord record)
    {
        this.rules = rules;
        this.record = record;
        Directory = MountPath.Canonical(directory);
        if (!System.IO.Directory.Exists(Directory))
        {
            throw new CommandException(ExitCode.MountPointUnusable, $"The directory {directory} does not exist.", $"Make it with: mkdir -p {directory}");
        }
    }

    /// <summary>Where they are mounted.</summary>
    public string Directory { get; }

    /// <summary>Those there are at this moment.</summary>
    public IEnumerable<Workspace> All => workspaces.Values;

    /// <summary>Why no further client could be served; null: it could.</summary>
    public string? Obstacle => isEnding ? "The server ends."
        : workspaces.Count >= ServerLimits.MaxWorkspaces ? "No more workspaces are served."
        : record.Audit?.Journal.IsFailing == true ? "The audit file cannot be written."
        : !System.IO.Directory.Exists(Directory) ? "The directory of workspaces is not there."
        : null;

    /// <summary>Detaches what a server that was killed left mounted. Nothing in it is touched.</summary>
    public void DetachStale()
    {
        foreach (MountEntry entry in MountTable.Read().Entries.Where(entry => Path.GetDirectoryName(entry.MountPoint) == Directory && entry.IsTessera).ToArray())
        {
            MountPoint.DetachDead(entry.MountPoint, sentence => record.Log.Info("stale", ("message", sentence)));
        }
    }

    /// <summary>Serves a client until its connection is lost or its session over.</summary>
    /// <returns>Why it is refused, else null.</returns>
    public async Task<Farewell?> ServeAsync(Visitor visitor, Hello hello, IFrameTransport transport)
    {
        Workspace? workspace;
        Task connected;
        await gate.WaitAsync();
        try
        {
            (workspace, Farewell? refusal) = await FindAsync(visitor.Workspace, hello, visitor.Grant);
            if (workspace is null)
            {
                return refusal;
            }

            connected = await workspace.ConnectAsync(transport, visitor.Client, hello.Features);
        }
        finally
        {
            gate.Release();
        }

        await workspace.MountAsync(); // Others connect meanwhile: a thousand that come at once are not to wait for a thousand mounts.
        await connected;
        return null;
    }

    public async Task EndAllAsync()
    {
        await gate.WaitAsync();
        isEnding = true;
        Workspace[] all = [.. workspaces.Values];
        gate.Release();
        await Task.WhenAll(all.Select(workspace => workspace.EndAsync(new Farewell(FarewellReason.Ended, "The server ends."))));
    }

    public async ValueTask DisposeAsync()
    {
        await EndAllAsync();
        gate.Dispose();
    }

    private async Task<(Workspace? Workspace, Farewell? Refusal)> FindAsync(string name, Hello hello, Grant grant)
    {
        bool exists = workspaces.TryGetValue(name, out Workspace? known);
        if (!hello.Session.IsNone)
        {
            return exists && known!.Key.Matches(hello.Session) && known.Grant.Id == grant.Id && !known.IsEnded
                ? (known, null)
                : (null, new Farewell(FarewellReason.UnknownSession, "That session is not known here."));
        }

        if (exists && known!.IsConnected)
        {
            return (null, new Farewell(FarewellReason.Busy, $"The workspace {name} is in use by another client."));
        }

        if (exists)
        {
            await known!.EndAsync(new Farewell(FarewellReason.Ended, "Another client took its place."));
            workspaces.TryRemove(name, out _);
        }

        if (record.Audit?.Journal.IsFailing == true)
        {
            return (null, new Farewell(FarewellReason.Fault, "The server cannot write down what is done, and does nothing until it can."));
        }

        if (isEnding || workspaces.Count >= ServerLimits.MaxWorkspaces)
        {
            return (null, new Farewell(FarewellReason.Full, "No more workspaces are served."));
        }

        var made = new Workspace(Path.Combine(Directory, name), grant, hello.ReadOnly || grant.ReadOnly, rules, record);
        workspaces[name] = made;
        _ = ForgetAsync(made);
        return (made, null);
    }

    private async Task ForgetAsync(Workspace workspace)
    {
        await workspace.Ended;
        await gate.WaitAsync();
        if (workspaces.TryGetValue(workspace.Name, out Workspace? now) && now == workspace)
        {
            workspaces.TryRemove(workspace.Name, out _);
        }

        gate.Release();
    }
}
