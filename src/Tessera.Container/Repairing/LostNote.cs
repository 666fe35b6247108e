using Tessera.Container.Space;
using Tessera.Core.Stores;

namespace Tessera.Container.Repairing;

/// <summary>The note of what a repair under way has found lost, as entries of the store.</summary>
internal static class LostNote
{
    public static IReadOnlyList<KeyRange> Read(IVolumeStore store)
    {
        List<KeyRange> ranges = [];
        byte[] value = new byte[StoreLimits.MaxValue];
        for (uint page = 0; Get(store, page, value) is { Found: true } entry; page++)
        {
            ranges.AddRange(LostPages.Decode(value[..entry.Length]));
        }

        return ranges;
    }

    public static async ValueTask ForgetAsync(IVolumeStore store)
    {
        var batch = new StoreBatch { MayUseReserve = true };
        for (uint page = 0; Get(store, page, []).Found; page++)
        {
            batch.Delete(SpaceKeys.Lost(page));
        }

        if (batch.Count > 0 && (await store.CommitAsync(batch)).Status != CommitStatus.Committed)
        {
            throw new IOException("The end of the repair could not be noted.");
        }
    }

    /// <summary>Containers answer at once.</summary>
    private static StoreEntry Get(IVolumeStore store, uint page, byte[] value) => store.GetAsync(SpaceKeys.Lost(page), value).AsTask().GetAwaiter().GetResult();
}
