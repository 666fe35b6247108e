using Tessera.Core.Stores;

namespace Tessera.Volumes.Namespace;

/// <summary>Where a reader of a directory stands: 0 at the start, 1 after ".", 2 after "..", then position × 16 + ordinal + 3. Below 2^62
/// + 3, so it is a positive off_t.</summary>
internal static class DirectoryCookie
{
    public const ulong Start = 0;
    public const ulong AfterDot = 1;
    public const ulong AfterDotDot = 2;
    private const ulong First = 3;

    public static ulong After(ulong position, byte ordinal) => (position * VolumeLimits.MaxTies) + ordinal + First;

    public static ulong PositionOf(ulong cookie) => (cookie - First) / VolumeLimits.MaxTies;

    /// <summary>Whether a cookie can have come from here: others are from another file system or from nobody.</summary>
    public static bool IsValid(ulong cookie) => cookie < First || PositionOf(cookie) < 1UL << (EntryName.FoldedBits + EntryName.ExactBits);
}
