using Tessera.Container;
using Tessera.Container.Media;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;
using Tessera.Host.Serving;
using Tessera.Volumes;

namespace Tessera.Host.Copying;

/// <summary>A volume that is not mounted: its engine, without a kernel between.</summary>
internal sealed class VolumePlace : CopyPlace
{
    private readonly VolumeOpening opening;
    private readonly SecretBytes key;
    private readonly DamageWatch damage;
    private ContainerStore store;
    private Volume volume;

    private VolumePlace(VolumeOpening opening, SecretBytes key, DamageWatch damage, (ContainerStore Store, Volume Volume) opened)
    {
        this.opening = opening;
        this.key = key;
        this.damage = damage;
        (store, volume) = opened;
    }

    public override string Name => opening.Path;

    public override bool IsDamaged => damage.Found;

    public override IFileSystem Files => volume;

    /// <summary>The engine asks nobody: whoever can open a volume decides what is in it.</summary>
    public override Caller Caller => Caller.Engine;

    public override bool KeepsOwners => true;

    /// <exception cref="IOException">The volume does not open (see <see cref="CommandLine.Refusal"/>).</exception>
    public static async Task<VolumePlace> OpenAsync(VolumeOpening opening, PassphraseSource source)
    {
        SecretBytes unlocked;
        using (IHostMedium medium = HostMedium.Open(opening.Path, new FileMediumOptions { ReadOnly = opening.ReadOnly }))
        {
            UnlockedVolume opened = VolumeUnlocker.Unlock(medium, opening.Path, source);
            opened.Veil?.Leave(); // The opener lifts it again, by the key.
            unlocked = opened.Key;
        }

        return await OpenAsync(opening, unlocked);
    }

    /// <param name="opening">The volume.</param>
    /// <param name="key">Its key; disposed with the place, and when this throws.</param>
    /// <exception cref="IOException">The volume does not open.</exception>
    public static async Task<VolumePlace> OpenAsync(VolumeOpening opening, SecretBytes key)
    {
        try
        {
            var watch = new DamageWatch();
            return new VolumePlace(opening, key, watch, await OpenAsync(opening, key, watch));
        }
        catch
        {
            key.Dispose();
            throw;
        }
    }

    /// <summary>Closes the volume and opens it again: nothing of it is in memory then.</summary>
    public override async ValueTask SettleAsync()
    {
        await CloseAsync();
        (store, volume) = await OpenAsync(opening, key, damage);
    }

    public override async ValueTask DisposeAsync()
    {
        try
        {
            await CloseAsync();
        }
        finally
        {
            key.Dispose();
        }
    }

    private static async Task<(ContainerStore Store, Volume Volume)> OpenAsync(VolumeOpening opening, SecretBytes key, DamageWatch watch)
    {
        MemoryPlan memory = MemoryPlan.For(bytes: null);
        IHostMedium medium = HostMedium.Open(opening.Path, new FileMediumOptions { ReadOnly = opening.ReadOnly });
        ContainerStore container = ContainerOpener.Open(medium, key.Span, opening.Rollback.ApplyTo(new ContainerOptions
        {
            ReadOnly = opening.ReadOnly,
            Host = HostIdentity.Current,
            NodeCacheBytes = memory.NodeCacheBytes,
            TableBytes = memory.TableBytes,
        }));
        var options = new VolumeOptions
        {
            ReadOnly = opening.ReadOnly,
            AccessTimes = AccessTimePolicy.Never,
            DirtyBytes = memory.DirtyBytes,
            BlockCacheBytes = memory.BlockCacheBytes,
            CachedInodes = memory.CachedInodes,
            CachedNames = memory.CachedInodes,
        };
        try
        {
            return (container, await Volume.OpenAsync(container, options, SystemClock.Instance, watch));
        }
        catch
        {
            await container.DisposeAsync();
            throw;
        }
    }

    private async ValueTask CloseAsync()
    {
        try
        {
            await volume.CloseAsync();
        }
        finally
        {
            await store.DisposeAsync();
        }
    }
}
