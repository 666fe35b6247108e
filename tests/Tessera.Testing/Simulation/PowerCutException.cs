namespace Tessera.Testing.Simulation;

/// <summary>The simulated machine is off, or the process that held the medium is dead: the code under test must stop here, not handle it.</summary>
public sealed class PowerCutException : Exception
{
    public PowerCutException()
        : this("The power is off.")
    {
    }

    public PowerCutException(string message)
        : base(message)
    {
    }

    public PowerCutException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
