namespace Tessera.Conformance.Tests.Running;

/// <summary>The one list of clauses that a place does not keep.</summary>
internal static class Deviations
{
    public static IReadOnlyList<Deviation> All { get; } =
    [
        new(PlaceSet.Tessera, "utimensat.2:year-3000", "Times are 64-bit nanoseconds, until the year 2262: later ones are cut to it."),
        new(PlaceSet.Ext4, "utimensat.2:year-3000", "34 bits of seconds, until the year 2446: later ones are cut to it."),
        new(PlaceSet.Tmpfs, "fallocate.2:ZERO_RANGE", "tmpfs has no FALLOC_FL_ZERO_RANGE: EOPNOTSUPP."),
        new(PlaceSet.Ext4, "xattr.7:size-64K", "ext4 keeps a file's attributes in one block, 4 KiB: ENOSPC (xattr(7))."),
    ];

    public static Deviation? Find(string place, string clause) =>
        All.FirstOrDefault(one => one.Place == place && one.Clause == clause);
}
