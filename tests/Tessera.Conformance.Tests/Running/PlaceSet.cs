using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>The file systems that the cases run on: each mounted when its first case comes, once for all.</summary>
public sealed class PlaceSet : IAsyncDisposable
{
    public const string Ext4 = "ext4";
    public const string Tmpfs = "tmpfs";
    public const string Tessera = "tessera";

    /// <summary>A directory on ext4 served by Tessera.</summary>
    public const string Directory = "tessera-dir";

    private readonly Dictionary<(string Name, Ground Ground), Place> _places = [];
    private int _rooms;

    public static IReadOnlyList<string> Names { get; } = [Ext4, Tmpfs, Tessera, Directory];

    /// <summary>A fresh directory; on read-only ground the root, which is as it was prepared.</summary>
    internal Room NewRoom(string place, Ground ground)
    {
        if (!_places.TryGetValue((place, ground), out Place? where))
        {
            where = Make(place, ground);
            _places.Add((place, ground), where);
        }

        if (ground is Ground.ReadOnly)
        {
            return new Room(where.Path);
        }

        var room = new Room($"{where.Path}/{++_rooms}", isCleared: ground is Ground.Small);
        Calls.Kernel.MakeDirectory(room.Path);
        Calls.Kernel.ChangeMode(room.Path, Calls.Mode.Directory);
        return room;
    }

    /// <summary>The volume goes through fsck last: no case leaves a fault in it. One that does keeps none of the others mounted.</summary>
    public async ValueTask DisposeAsync()
    {
        List<Exception> faults = [];
        foreach (Place place in _places.Values)
        {
#pragma warning disable CA1031 // All are reported, once all are gone.
            try
            {
                place.Check();
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }

            try
            {
                await place.DisposeAsync();
            }
            catch (Exception fault)
            {
                faults.Add(fault);
            }
#pragma warning restore CA1031
        }

        if (faults.Count > 0)
        {
            throw new AggregateException(faults);
        }
    }

    private static Place Make(string name, Ground ground) => name switch
    {
        Ext4 => new Ext4Image(ground),
        Tmpfs => new Tmpfs(ground),
        Tessera => TesseraMount.On(ground),
        Directory => new Ext4Directory(ground),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a place of the suite."),
    };
}
