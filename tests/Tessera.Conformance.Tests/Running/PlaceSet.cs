using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>The file systems that the cases run on: each mounted when its first case comes, once for all.</summary>
public sealed class PlaceSet : IAsyncDisposable
{
    public const string Ext4 = "ext4";
    public const string Tmpfs = "tmpfs";
    public const string Tessera = "tessera";

    private readonly Dictionary<string, Place> _places = new(StringComparer.Ordinal);
    private int _rooms;

    public static IReadOnlyList<string> Names { get; } = [Ext4, Tmpfs, Tessera];

    internal Room NewRoom(string place)
    {
        if (!_places.TryGetValue(place, out Place? where))
        {
            where = Make(place);
            _places.Add(place, where);
        }

        var room = new Room($"{where.Path}/{++_rooms}");
        Calls.Kernel.MakeDirectory(room.Path);
        Calls.Kernel.ChangeMode(room.Path, Calls.Mode.Directory);
        return room;
    }

    /// <summary>The volume goes through fsck last: no case leaves a fault in it.</summary>
    public async ValueTask DisposeAsync()
    {
        foreach (Place place in _places.Values)
        {
            try
            {
                place.Check();
            }
            finally
            {
                await place.DisposeAsync();
            }
        }
    }

    private static Place Make(string name) => name switch
    {
        Ext4 => new Ext4Image(),
        Tmpfs => new MemoryPlace(),
        Tessera => TestVolume.Mounted("-o", "suid,dev,allow_other"),
        _ => throw new ArgumentOutOfRangeException(nameof(name), name, "Not a place of the suite."),
    };
}
