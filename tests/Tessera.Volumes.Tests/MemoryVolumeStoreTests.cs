using Tessera.Core.Stores;
using Tessera.Testing.Stores;

namespace Tessera.Volumes.Tests;

public sealed class MemoryVolumeStoreTests : VolumeStoreContract
{
    protected override ValueTask<IVolumeStore> OpenAsync() => new(new MemoryVolumeStore(capacity: 80 << 20));
}
