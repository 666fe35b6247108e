namespace Tessera.Fuse;

/// <summary>A mount could not be made or removed.</summary>
public sealed class FuseMountException(Errno error, string message) : Exception(message)
{
    public Errno Error => error;

    /// <summary>This machine has no FUSE at all, as opposed to refusing this mount.</summary>
    public bool IsFuseMissing => error is Errno.ENODEV or Errno.ENXIO;
}
