using Tessera.Volumes.Checking;

namespace Tessera.Volumes.Repairing;

/// <summary>Keys whose tag this format gives no meaning: they go, and are told of by their number.</summary>
/// <remarks>A volume whose record names features that this program does not know is never repaired by it (<see cref="VolumeFormatter.CheckFeatures"/>), and
/// one with compatible ones that it does not know keeps them: a newer program may have its reasons.</remarks>
internal sealed class UnknownRepair(RepairState state)
{
    public async ValueTask RunAsync()
    {
        if ((state.Volume.CompatibleFeatures & ~VolumeRecord.AccessLogFeature) != 0)
        {
            return;
        }

        foreach ((byte first, byte last) in UnknownTags.Ranges)
        {
            long count = 0;
            await foreach ((byte[] key, _) in state.Walk.BetweenAsync([first], VolumeKeys.AfterTag(last)))
            {
                state.Journal.Delete(key);
                count++;
            }

            if (count > 0)
            {
                state.Journal.Lose(new VolumeLoss("keys-removed", 0, Path: null, $"{count} records that this format does not have (tags {first:x2} to {last:x2}) are removed; no file is affected."));
            }
        }

        await state.Journal.CommitAsync();
    }
}
