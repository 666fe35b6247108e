namespace Tessera.Core.Stores;

/// <summary>Bytes of the medium could not be read or did not authenticate. The message names the place, never contents or keys.</summary>
public sealed class StoreDamageException : IOException
{
    public StoreDamageException()
    {
    }

    public StoreDamageException(string message)
        : base(message)
    {
    }

    public StoreDamageException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
