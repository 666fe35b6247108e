namespace Tessera.Volumes;

/// <summary>The store holds no volume, or one of a format this program does not know.</summary>
public sealed class VolumeFormatException : IOException
{
    public VolumeFormatException()
    {
    }

    public VolumeFormatException(string message)
        : base(message)
    {
    }

    public VolumeFormatException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
