using System.Text;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Volumes;
using Tessera.Volumes.Repairing;

namespace Tessera.Simulation.Tests.Damage;

/// <summary>Compares a volume with one known state: all that is in the state is in the volume and nothing else is, but for what is listed as lost.</summary>
/// <param name="volume">The volume, after a repair or as damage left it.</param>
/// <param name="state">What it should be.</param>
/// <param name="losses">What a repair listed; null where nothing was repaired: then each answer is right, or an error.</param>
internal sealed class StateComparison(Volume volume, KnownState state, IReadOnlyList<VolumeLoss>? losses)
{
    private const string FoundName = "lost+found";
    private const int Page = 4096;
    private const int EntriesAtOnce = 64;
    private static readonly Caller Root = new(0, 0, 1, Door.Internal, KernelChecked: true);

    /// <exception cref="SimulationFailureException">Something is wrong, gone without a word, or of another state.</exception>
    public async Task RunAsync()
    {
        foreach ((ulong ino, KnownNode known) in state.Nodes)
        {
            await AnswerOrErrorAsync(() => CompareAsync(ino, known));
        }

        ulong found = 0;
        foreach (ulong directory in state.Directories)
        {
            await AnswerOrErrorAsync(async () => found = Math.Max(found, await CompareListingAsync(directory)));
        }

        if (found != 0)
        {
            await CompareFoundAsync(found);
        }
    }

    /// <summary>Of a volume that was not repaired damage may be told as such: the door makes EIO of it.</summary>
    private async Task AnswerOrErrorAsync(Func<Task> compare)
    {
        try
        {
            await compare();
        }
        catch (StoreDamageException) when (losses is null)
        {
            // An error, and no wrong answer.
        }
    }

    private async Task CompareAsync(ulong ino, KnownNode known)
    {
        bool isListed = losses is not null && losses.Any(loss => Concerns(loss, ino, known));
        FsResult<InodeAttributes> found = await volume.LookupAsync(Root, known.Parent, Encoding.UTF8.GetBytes(known.Name));
        if (found.Error == FsError.Stale && losses is not null && state.Nodes.TryGetValue(known.Parent, out KnownNode? parent))
        {
            // Its directory is gone: what is told of that one is told of all below it.
            isListed |= losses.Any(loss => Concerns(loss, known.Parent, parent));
        }

        string path = state.PathOf(known);
        Require(found.Error == FsError.None || isListed, $"{path} is not there ({found.Error}), and was not listed");
        if (found.Error != FsError.None)
        {
            return;
        }

        Require(found.Value.Ino == ino, $"{path} is inode {found.Value.Ino} and not {ino}");
        if (known.Content is { } content)
        {
            Require(found.Value.Size == (ulong)content.Length || isListed, $"{path} has {found.Value.Size} bytes and not {content.Length}, and was not listed");
            await CompareBytesAsync(ino, path, content);
        }
    }

    private async Task CompareBytesAsync(ulong ino, string path, byte[] content)
    {
        VolumeLoss[]? lost = losses?.Where(loss => loss.Ino == ino && loss.Start is not null).ToArray();
        byte[] page = new byte[Page];
        for (int at = 0; at < content.Length; at += Page)
        {
            int length = Math.Min(Page, content.Length - at);
            FsResult<int> read = await volume.ReadAsync(Root, new FileSpan(ino, 0, (ulong)at), page.AsMemory(0, length));
            bool isListed = lost is null || lost.Any(loss => loss.Start < at + length && loss.End > at);
            if (read.Error != FsError.None)
            {
                Require(isListed, $"{path} cannot be read at {at} ({read.Error}), and that was not listed");
                continue;
            }

            Require(lost is null || !isListed, $"{path} reads at {at}, and was listed as lost");
            Require(page.AsSpan(0, read.Value).SequenceEqual(content.AsSpan(at, read.Value)), $"{path} has wrong bytes at {at}");
        }
    }

    /// <summary>Every name of a directory is one of the state; where a repair has put what has no name any more is returned, 0 when it is not here.</summary>
    private async Task<ulong> CompareListingAsync(ulong directory)
    {
        ulong found = 0;
        foreach ((string name, ulong ino) in await ListAsync(directory))
        {
            if (directory == FsLimits.RootInode && name == FoundName && losses is { Count: > 0 })
            {
                found = ino;
                continue;
            }

            bool isKnown = state.Nodes.TryGetValue(ino, out KnownNode? known) && known.Parent == directory && known.Name == name;
            Require(isKnown, $"'{name}' of directory {directory} names inode {ino}, and does not in the state after commit {state.Sequence}");
        }

        return found;
    }

    private async Task CompareFoundAsync(ulong found)
    {
        foreach ((string name, ulong ino) in await ListAsync(found))
        {
            bool isListed = name == $"#{ino}" && losses!.Any(loss => loss.Ino == ino && loss.Code == "name-lost");
            Require(isListed, $"'{name}' is in {FoundName}, and was not listed");
        }
    }

    /// <summary>A directory that is gone has no names; that it is gone is judged by its own.</summary>
    private async Task<List<(string Name, ulong Ino)>> ListAsync(ulong directory)
    {
        List<(string Name, ulong Ino)> names = [];
        ulong cookie = 0;
        bool more = true;
        while (more)
        {
            var sink = new CollectingSink(EntriesAtOnce);
            FsError error = await volume.ReadDirectoryAsync(Root, directory, cookie, sink);
            Require(error is FsError.None or FsError.Stale || (losses is null && error == FsError.IO), $"directory {directory} cannot be listed: {error}");
            foreach ((string name, ulong next, InodeAttributes attributes) in sink.Entries)
            {
                names.Add((name, attributes.Ino));
                cookie = next;
            }

            more = sink.IsFull;
        }

        names.RemoveAll(static entry => entry.Name is "." or "..");
        return names;
    }

    private bool Concerns(VolumeLoss loss, ulong ino, KnownNode known) =>
        loss.Ino == ino
        || (loss.Ino == known.Parent && (loss.Code == "names-lost" || (loss.Code == "name-removed" && loss.What.Contains($"'{known.Name}'", StringComparison.Ordinal))))
        || (state.Nodes.TryGetValue(known.Parent, out KnownNode? parent) && known.Parent != ino && Concerns(loss, known.Parent, parent) && loss.Code != "names-lost" && loss.Code != "inode-remade");

    private static void Require(bool holds, string otherwise)
    {
        if (!holds)
        {
            throw new SimulationFailureException(otherwise);
        }
    }
}
