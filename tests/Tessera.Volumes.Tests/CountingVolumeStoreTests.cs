using Tessera.Core.Stores;
using Tessera.Testing.Stores;

namespace Tessera.Volumes.Tests;

public sealed class CountingVolumeStoreTests : VolumeStoreContract
{
    protected override ValueTask<IVolumeStore> OpenAsync() =>
        new(new CountingVolumeStore(new MemoryVolumeStore(capacity: 80 << 20)) { Delay = async () => await Task.Yield() });
}
