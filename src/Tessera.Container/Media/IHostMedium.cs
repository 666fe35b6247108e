namespace Tessera.Container.Media;

/// <summary>A medium of this host, of which a part can be locked by itself.</summary>
public interface IHostMedium : IMedium
{
    /// <summary>Locks a range against others who lock it, until this medium is disposed; independent of the lock on the whole. For parts of a container
    /// that whoever has it open leaves alone.</summary>
    /// <param name="offset">Where it begins, bytes.</param>
    /// <param name="length">How long it is, bytes.</param>
    /// <exception cref="MediumException"><see cref="MediumFault.InUse"/> when another process has it.</exception>
    void LockRange(long offset, long length);

    /// <summary>When it is disposed of, and was written to, the host shows times of its files that say nothing of when (docs/format/scattered.md, Times).</summary>
    void HideTimes();
}
