using Tessera.Differential;

namespace Tessera.Mount.Tests.Differential;

/// <summary>Makes programs: few names, so that calls meet each other; sizes around the places where something changes.</summary>
internal sealed class Generator(int seed)
{
    private const int Slots = 4;
    private static readonly string[] s_names = ["a", "b", "c", "d", "e"];
    private static readonly long[] s_sizes = [0, 1, 100, 511, 4095, 4096, 4097, 8192, 65_535, 65_536, 131_073, 1_048_575, 1_048_577];
    private static readonly int[] s_openFlags = [0, 1, 2, 0x42, 0x42, 0xC2, 0x242, 0x442, 0x202, 0x10000, 0x20002, 0x401, 0x101002, 0x42, 0x2, 0x4042];
    private static readonly int[] s_modes = [0x1A4, 0x1ED, 0x180, 0x1FF, 0xDED, 0x5ED, 0x3FF, 0, 0x124];
    private static readonly int[] s_allocations = [0, 1, 3, 3, 0x10, 0x11];
    private static readonly string[] s_attributes = ["user.one", "user.two", "trusted.three", "security.four", "system.five", "nonsense", AccessLists.Access, AccessLists.Default];
    private static readonly long[] s_times = [FileTime.Now, FileTime.Now, FileTime.Omit, 0, 1, 999_999_999, 1_000_000_000_123_456_789, 4_500_000_000_000_000_007, -86_400_500_000_000];
    private static readonly int[] s_masks = [0, 0x12, 0x3F, 0x1FF];
    private const int Faces = 122;
    private readonly Random _random = new(seed);

    public List<Operation> Make(int operations) => [.. Enumerable.Range(0, operations).Select(_ => Next())];

    private Operation Next()
    {
        var kind = Kind(_random.Next(Faces));
        var operation = new Operation(_random.Next(3) == 0 ? 1 : 0, kind, Path(), Path(), _random.Next(Slots), 0, 0, 0);
        return kind switch
        {
            OperationKind.Open => operation with { Flags = Any(s_openFlags), Length = Any(s_modes) },
            OperationKind.OpenUnnamed => operation with { Path = Directory(), Flags = 0x410002, Length = Any(s_modes) },
            OperationKind.Read or OperationKind.Write => operation with { Offset = _random.Next(3) == 0 ? -1 : Size(), Length = Size() },
            OperationKind.Seek => operation with { Offset = Size() - (_random.Next(4) == 0 ? 5000 : 0), Flags = _random.Next(3) },
            OperationKind.Truncate or OperationKind.TruncateOpen => operation with { Length = Size() - (_random.Next(20) == 0 ? 1_000_000_000 : 0) },
            OperationKind.Allocate => operation with { Flags = Any(s_allocations), Offset = Size(), Length = Size() },
            OperationKind.CopyRange => operation with { Flags = _random.Next(Slots), Offset = Size(), Length = Size() },
            OperationKind.Access => operation with { Flags = _random.Next(8) },
            OperationKind.MakeDirectory or OperationKind.ChangeMode => operation with { Flags = Any(s_modes) },
            OperationKind.MakeNode => operation with { Flags = Any([0x1000, 0x8000, 0xC000, 0x2000]) | Any(s_modes) },
            OperationKind.Rename => operation with { Flags = Any([0, 0, 0, 1, 2, 3]) },
            OperationKind.ChangeOwner => Decided(operation with { Offset = Any([-1, 0, 1000, 2000]), Length = Any([-1, 0, 1000, 2000]) }),
            OperationKind.SetXattr => operation with { Other = Any(s_attributes), Flags = _random.Next(3), Length = Any([0, 1, 100, 600]) },
            OperationKind.GetXattr or OperationKind.RemoveXattr => operation with { Other = Any(s_attributes), Length = Any([0, 50, 4096]) },
            OperationKind.SetTimes => operation with { Flags = Any([0, RawCalls.NoFollow]), Offset = Any(s_times), Length = Any(s_times) },
            OperationKind.SetTimesOpen => operation with { Offset = Any(s_times), Length = Any(s_times) },
            OperationKind.SetAccessList => operation with { Other = Any([AccessLists.Access, AccessLists.Access, AccessLists.Default]), Flags = _random.Next(AccessLists.Count) },
            OperationKind.LockRange => operation with
            {
                Actor = _random.Next(2),
                Flags = Any([0, 1, 1, 2]) | Any([0, 0, Executor.OfDescription, Executor.AskOnly]),
                Offset = _random.Next(5) * 10,
                Length = _random.Next(4) * 10,
            },
            OperationKind.LockWhole => operation with { Actor = _random.Next(2), Flags = Any([1, 2, 2, 8]) | 4 },
            OperationKind.MapWrite or OperationKind.MapRead => operation with { Flags = _random.Next(2), Offset = _random.Next(3) == 0 ? Size() : 0, Length = Size() },
            OperationKind.SetMask => operation with { Flags = Any(s_masks) },
            _ => operation,
        };
    }

    /// <summary>An ordinary user's chown(2) of nobody new is to the daemon what a write is (docs/limits-of-fuse.md); where that is told apart, scripts try it.</summary>
    private static Operation Decided(Operation chown) => chown is { Actor: 1, Offset: -1, Length: -1 } ? chown with { Length = 0 } : chown;

    private static OperationKind Kind(int dice) => dice switch
    {
        < 16 => OperationKind.Open,
        < 18 => OperationKind.OpenUnnamed,
        < 21 => OperationKind.Close,
        < 29 => OperationKind.Read,
        < 42 => OperationKind.Write,
        < 44 => OperationKind.Seek,
        < 47 => OperationKind.Truncate,
        < 50 => OperationKind.TruncateOpen,
        < 53 => OperationKind.Allocate,
        < 55 => OperationKind.CopyRange,
        < 56 => OperationKind.Sync,
        < 59 => OperationKind.Stat,
        < 61 => OperationKind.StatOpen,
        < 62 => OperationKind.Access,
        < 67 => OperationKind.MakeDirectory,
        < 70 => OperationKind.RemoveDirectory,
        < 74 => OperationKind.Unlink,
        < 80 => OperationKind.Rename,
        < 83 => OperationKind.Link,
        < 84 => OperationKind.LinkOpen,
        < 86 => OperationKind.MakeSymlink,
        < 87 => OperationKind.ReadLink,
        < 88 => OperationKind.MakeNode,
        < 91 => OperationKind.ChangeMode,
        < 93 => OperationKind.ChangeOwner,
        < 95 => OperationKind.List,
        < 97 => OperationKind.SetXattr,
        < 98 => OperationKind.GetXattr,
        < 99 => OperationKind.ListXattrs,
        < 100 => OperationKind.RemoveXattr,
        < 104 => OperationKind.SetTimes,
        < 106 => OperationKind.SetTimesOpen,
        < 109 => OperationKind.SetAccessList,
        < 114 => OperationKind.LockRange,
        < 116 => OperationKind.LockWhole,
        < 120 => OperationKind.MapWrite,
        < 121 => OperationKind.MapRead,
        _ => OperationKind.SetMask,
    };

    private string Path() => _random.Next(3) switch
    {
        0 => Any(s_names),
        1 => $"{Any(s_names)}/{Any(s_names)}",
        _ => _random.Next(6) == 0 ? $"{Any(s_names)}/{Any(s_names)}/{Any(s_names)}" : Any(s_names),
    };

    private string Directory() => _random.Next(2) == 0 ? "." : Any(s_names);

    private long Size() => _random.Next(3) == 0 ? _random.Next(200_000) : Any(s_sizes);

    private T Any<T>(T[] values) => values[_random.Next(values.Length)];
}
