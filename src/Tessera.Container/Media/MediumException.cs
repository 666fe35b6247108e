namespace Tessera.Container.Media;

/// <summary>A medium could not do what was asked.</summary>
public sealed class MediumException : IOException
{
    public MediumException()
        : this(MediumFault.Failed, "The medium failed.")
    {
    }

    public MediumException(string message)
        : this(MediumFault.Failed, message)
    {
    }

    public MediumException(string message, Exception innerException)
        : base(message, innerException)
    {
    }

    public MediumException(MediumFault fault, string message)
        : base(message) => Fault = fault;

    public MediumFault Fault { get; }
}
