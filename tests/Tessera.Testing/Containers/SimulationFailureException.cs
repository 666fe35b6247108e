namespace Tessera.Testing.Containers;

/// <summary>A store broke a promise. The message says which, and with what seed to see it again.</summary>
public sealed class SimulationFailureException : Exception
{
    public SimulationFailureException()
        : this("A promise was broken.")
    {
    }

    public SimulationFailureException(string message)
        : base(message)
    {
    }

    public SimulationFailureException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
