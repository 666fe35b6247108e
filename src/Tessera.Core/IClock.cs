using Tessera.Core.FileSystem;

namespace Tessera.Core;

/// <summary>Wall-clock time for timestamps; simulated in tests.</summary>
public interface IClock
{
    Timestamp Now { get; }
}
