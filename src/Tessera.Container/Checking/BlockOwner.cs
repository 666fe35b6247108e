using Tessera.Core.Stores;

namespace Tessera.Container.Checking;

/// <summary>Tells which block an entry of the engine's map owns. The container does not know the engine's keys; the engine says.</summary>
/// <returns>True when the entry owns a block. Every block has exactly one owning entry; entries that merely use a block answer false.</returns>
public delegate bool BlockOwner(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value, out BlockReference block);
