using Tessera.Content;

namespace Tessera.Volumes.Checking;

/// <summary>The tags that this format gives no meaning: the gaps between those of <see cref="KeyTag"/>. Tag 0 is the store's own.</summary>
internal static class UnknownTags
{
    /// <summary>First and last tag of each gap, in order.</summary>
    public static IReadOnlyList<(byte First, byte Last)> Ranges { get; } = [.. Gaps()];

    private static IEnumerable<(byte First, byte Last)> Gaps()
    {
        int from = 1;
        foreach (KeyTag tag in Enum.GetValues<KeyTag>().Order())
        {
            if ((int)tag > from)
            {
                yield return ((byte)from, (byte)(tag - 1));
            }

            from = (int)tag + 1;
        }

        if (from <= byte.MaxValue)
        {
            yield return ((byte)from, byte.MaxValue);
        }
    }
}
