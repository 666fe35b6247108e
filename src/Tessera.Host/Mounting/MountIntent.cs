using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.Mounting;

/// <summary>What "tessera mount" or mount(8) asked for.</summary>
internal sealed record MountIntent
{
    /// <summary>As the user gave it.</summary>
    public required string Volume { get; init; }

    /// <summary>As the user gave it.</summary>
    public required string MountPoint { get; init; }

    /// <summary>Over the volume's own file, which is a locked file, only what is locked in it: a file (<see cref="Locking.LockedFile"/>).</summary>
    public bool IsLockedFile { get; init; }

    public required MountOptions Options { get; init; }

    public required PassphraseSource Passphrase { get; init; }

    /// <summary>What a volume that has to be made shall be.</summary>
    public NewVolume NewVolume { get; init; } = new();

    /// <summary>Serve in this process, and return when the mount is gone.</summary>
    public bool Foreground { get; init; }
}
