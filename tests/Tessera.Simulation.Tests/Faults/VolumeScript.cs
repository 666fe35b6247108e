using System.Collections.Immutable;
using System.Text;
using Tessera.Container;
using Tessera.Core.FileSystem;
using Tessera.Volumes;
using State = System.Collections.Immutable.ImmutableSortedDictionary<string, string>;

namespace Tessera.Simulation.Tests.Faults;

/// <summary>The fixed work during which each call of the medium fails once: every operation that reaches the disk in its own way. One step is one commit.</summary>
internal sealed class VolumeScript(ContainerStore store, Volume volume, VolumeModel model)
{
    public const uint FileMode = ModeBits.Regular | 0x1A4;
    private const uint DirectoryMode = ModeBits.Directory | 0x1ED;

    /// <summary>Nearly the whole of the first group, so that the script makes the medium grow; deleting it makes holes.</summary>
    public const string Filler = "filler";
    public const int FillerMebibytes = 51;

    /// <summary>What the model calls the root directory.</summary>
    private const string RootDirectory = "/";
    private const int PageMask = 4095;
    private readonly Dictionary<string, byte[]> contents = Small.ToDictionary(file => file.Name, file => Pattern(file.Length, file.Length), StringComparer.Ordinal);

    /// <summary>The files that are there at the beginning, beside the filler.</summary>
    public static IReadOnlyList<(string Name, int Length)> Small { get; } = [("old-0", 500), ("old-2", 30_000), ("kept-0", 1000), ("kept-1", 100_000), ("kept-2", 0)];

    public static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public static ReadOnlyMemory<byte> Name(string name) => Encoding.UTF8.GetBytes(name);

    /// <summary>Runs to the end, whatever fails on the way.</summary>
    public async Task RunAsync()
    {
        for (int round = 0; round < 3; round++)
        {
            string small = $"small-{round}", large = $"large-{round}";
            await MakeAsync(small);
            await WriteAsync(small, Pattern(300, round));
            await MakeAsync(large);
            await WriteAsync(large, Pattern(700_000, 10 + round));
            await SyncAsync(small);
            await RenameAsync(small, "renamed");
            await ModeAsync("renamed", ModeBits.Regular | 0x180);
            await WriteAsync("renamed", Pattern(9_000, 20 + round));
            await SyncAsync("renamed");
            await XattrAsync("renamed", "user.note", Pattern(200, 50 + round));
            await LinkAsync("renamed", $"link-{round}");
            await DirectoryAsync($"directory-{round}");
            await TruncateAsync(large, 100_000);
            await CheckpointAsync();
            await WriteAsync(large, Pattern(900_000, 30 + round));
            await SyncAsync(large);
            await PunchAsync(large, 70_001, 300_000);
            await CopyAsync(large, $"copy-{round}");
            await UnlinkAsync(round == 1 ? Filler : $"old-{round}");
            await CollectAsync();
            await RemoveDirectoryAsync($"directory-{round}");
            await WriteAsync($"kept-{round}", Pattern(50_000, 40 + round));
            await SyncRootAsync();
        }

        await CheckpointAsync();
        await CheckpointAsync();
    }

    private Task MakeAsync(string name) => StepAsync(
        async () => (await volume.MakeNodeAsync(VolumeState.Root, FsLimits.RootInode, Name(name), new NewNode(FileMode, 0, default))).Error,
        state => state.SetItem("/" + name, VolumeState.Line([], FileMode)),
        RootDirectory,
        name);

    private async Task WriteAsync(string name, byte[] content)
    {
        ulong ino = await FindAsync(name);
        bool accepted = await TryAsync(async () => (await volume.WriteAsync(VolumeState.Root, new FileSpan(ino, 0, 0), content, WriteFlags.None)).Error);
        if (accepted)
        {
            byte[] old = contents.GetValueOrDefault(name, []);
            contents[name] = [.. content, .. old.AsSpan(Math.Min(content.Length, old.Length))];
            model.Live = WithContent(model.Live, name);
        }

        await StoreContentAsync(name, async () => await volume.FlushAsync(VolumeState.Root, ino, 0));
    }

    private async Task SyncAsync(string name)
    {
        ulong ino = await FindAsync(name);
        if (await StoreContentAsync(name, async () => await volume.SyncAsync(VolumeState.Root, ino, dataOnly: false)))
        {
            model.MakeDurable(name);
        }
        else
        {
            // It also tells of an earlier failure, once, when all is well by now; this call does not.
            await StoreContentAsync(name, async () => await volume.FlushAsync(VolumeState.Root, ino, 0));
        }
    }

    /// <summary>What brings a file's unwritten bytes into the store.</summary>
    private Task<bool> StoreContentAsync(string name, Func<Task<FsError>> call) => StepAsync(call, state => WithContent(state, name), name);

    private State WithContent(State state, string name) => state.TryGetValue("/" + name, out string? line) && contents.TryGetValue(name, out byte[]? content)
        ? state.SetItem("/" + name, VolumeState.WithContent(line, content))
        : state;

    private async Task RenameAsync(string from, string to)
    {
        if (await StepAsync(
            async () => await volume.RenameAsync(VolumeState.Root, new DirectoryEntry(FsLimits.RootInode, Name(from)), new DirectoryEntry(FsLimits.RootInode, Name(to)), RenameFlags.None),
            state => state.TryGetValue("/" + from, out string? line) ? state.Remove("/" + from).SetItem("/" + to, line) : state,
            RootDirectory)
            && contents.Remove(from, out byte[]? content))
        {
            contents[to] = content;
        }
    }

    private async Task ModeAsync(string name, uint mode)
    {
        ulong ino = await FindAsync(name);
        await StepAsync(
            async () => (await volume.SetAttributesAsync(VolumeState.Root, ino, new AttributeChanges { Mask = AttributeMask.Mode, Mode = mode })).Error,
            state => state.TryGetValue("/" + name, out string? line) ? state.SetItem("/" + name, $"{Convert.ToString(mode, 8)}{line[line.IndexOf(' ', StringComparison.Ordinal)..]}") : state,
            name);
    }

    private async Task TruncateAsync(string name, int length)
    {
        ulong ino = await FindAsync(name);
        byte[] old = contents.GetValueOrDefault(name, []);
        byte[] shorter = old[..Math.Min(length, old.Length)];
        if (await StepAsync(
            async () => (await volume.SetAttributesAsync(VolumeState.Root, ino, new AttributeChanges { Mask = AttributeMask.Size, Size = (ulong)length })).Error,
            state => state.TryGetValue("/" + name, out string? line) ? state.SetItem("/" + name, VolumeState.WithContent(line, shorter)) : state,
            name))
        {
            contents[name] = shorter;
        }
    }

    private async Task XattrAsync(string name, string attribute, byte[] value)
    {
        ulong ino = await FindAsync(name);
        await StepAsync(
            async () => await volume.SetXattrAsync(VolumeState.Root, ino, Name(attribute), value, XattrFlags.None),
            state => state.TryGetValue("/" + name, out string? line) ? state.SetItem("/" + name, VolumeState.WithXattr(line, attribute, value)) : state,
            name);
    }

    /// <summary>Neither name is written to from then on: the model has a content for each name.</summary>
    private async Task LinkAsync(string name, string link)
    {
        ulong ino = await FindAsync(name);
        if (await StepAsync(
            async () => (await volume.LinkAsync(VolumeState.Root, ino, FsLimits.RootInode, Name(link))).Error,
            state => state.TryGetValue("/" + name, out string? line) ? state.SetItem("/" + link, line) : state,
            RootDirectory))
        {
            contents[link] = contents.GetValueOrDefault(name, []);
        }
    }

    private Task DirectoryAsync(string name) => StepAsync(
        async () => (await volume.MakeNodeAsync(VolumeState.Root, FsLimits.RootInode, Name(name), new NewNode(DirectoryMode, 0, default))).Error,
        state => state.SetItem("/" + name, VolumeState.Directory),
        RootDirectory);

    private Task RemoveDirectoryAsync(string name) => StepAsync(
        async () => await volume.RemoveDirectoryAsync(VolumeState.Root, FsLimits.RootInode, Name(name)),
        state => state.Remove("/" + name),
        RootDirectory);

    private async Task PunchAsync(string name, int offset, int length)
    {
        ulong ino = await FindAsync(name);
        byte[] punched = [.. contents.GetValueOrDefault(name, [])];
        int from = Math.Min(offset, punched.Length);
        punched.AsSpan(from, Math.Min(length, punched.Length - from)).Clear();
        if (await StepAsync(
            async () => await volume.AllocateAsync(VolumeState.Root, new FileSpan(ino, 0, (ulong)offset), (ulong)length, AllocateModes.PunchHole | AllocateModes.KeepSize),
            state => state.TryGetValue("/" + name, out string? line) ? state.SetItem("/" + name, VolumeState.WithContent(line, punched)) : state,
            name))
        {
            contents[name] = punched;
        }
    }

    private async Task CopyAsync(string from, string to)
    {
        await MakeAsync(to);
        ulong source = await FindAsync(from);
        ulong destination = await FindAsync(to);
        byte[] content = contents.GetValueOrDefault(from, []);
        int done = 0;
        bool goesOn = true;
        while (done < content.Length && goesOn)
        {
            int end = done;
            goesOn = await StepAsync(
                async () =>
                {
                    ulong offset = (ulong)done;
                    FsResult<ulong> copied = await volume.CopyRangeAsync(
                        VolumeState.Root, new FileSpan(source, 0, offset), new FileSpan(destination, 0, offset), (ulong)content.Length - offset);
                    end = done + (copied.Ok ? (int)copied.Value : 0);
                    return copied.Ok && copied.Value == 0 ? FsError.IO : copied.Error;
                },
                state => WithPrefix(state, to, content.AsSpan(0, end)),
                to);
            contents[to] = content[..end];
            done = end;
        }

        if (store.Fault is not null)
        {
            // A batch of a copy, which ends where a page of the source's extents did, is in doubt.
            for (int end = done + 1; end <= content.Length; end = end == content.Length ? end + 1 : Math.Min(content.Length, (end | PageMask) + 1))
            {
                int prefix = end;
                model.Doubt(state => WithPrefix(state, to, content.AsSpan(0, prefix)));
            }
        }
    }

    private static State WithPrefix(State state, string name, ReadOnlySpan<byte> content) =>
        state.TryGetValue("/" + name, out string? line) ? state.SetItem("/" + name, VolumeState.WithContent(line, content)) : state;

    private Task UnlinkAsync(string name) => StepAsync(
        async () => await volume.UnlinkAsync(VolumeState.Root, FsLimits.RootInode, Name(name)),
        state => state.Remove("/" + name),
        RootDirectory);

    private async Task SyncRootAsync()
    {
        if (await TryAsync(async () => await volume.SyncAsync(VolumeState.Root, FsLimits.RootInode, dataOnly: false)))
        {
            model.MakeDurable(RootDirectory);
        }
    }

    private Task CollectAsync() => TryAsync(async () =>
    {
        await volume.CollectOrphansAsync();
        return FsError.None;
    });

    private Task CheckpointAsync() => TryAsync(() =>
    {
        long before = store.Checkpoints;
        store.Checkpoint();
        if (store.Checkpoints > before && !store.IsReadOnly)
        {
            model.MakeAllDurable();
        }

        return Task.FromResult(store.IsReadOnly ? FsError.ReadOnly : FsError.None);
    });

    private async Task<ulong> FindAsync(string name)
    {
        ulong ino = 0;
        await TryAsync(async () =>
        {
            FsResult<InodeAttributes> found = await volume.LookupAsync(VolumeState.Root, FsLimits.RootInode, Name(name));
            ino = found.Ok ? found.Value.Ino : 0;
            return found.Error;
        });
        return ino;
    }

    private async Task<bool> StepAsync(Func<Task<FsError>> call, Func<State, State> change, params string[] names)
    {
        if (await TryAsync(call))
        {
            model.Store(change, names);
            model.Live = change(model.Live);
            return true;
        }

        if (store.Fault is not null)
        {
            model.Doubt(change);
        }

        return false;
    }

    /// <summary>True when it was acknowledged. An error is an answer; an exception that is no fault of the medium goes up.</summary>
    private async Task<bool> TryAsync(Func<Task<FsError>> call)
    {
        try
        {
            if (await call() == FsError.None)
            {
                return true;
            }
        }
        catch (IOException)
        {
            // The door answers EIO.
        }

        model.Errors++;
        return false;
    }
}
