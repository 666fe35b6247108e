using Tessera.Core.Stores;

namespace Tessera.Container.Backup;

/// <summary>Whether an entry of the map refers to a block, and to which. The engine's to say: the container knows only its own keys.</summary>
public delegate bool BlockOwner(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block);
