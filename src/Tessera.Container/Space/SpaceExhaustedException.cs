namespace Tessera.Container.Space;

/// <summary>A checkpoint found no slot, not even in the reserve. Nothing durable is harmed: the log still holds what the checkpoint would have written.</summary>
public sealed class SpaceExhaustedException : IOException
{
    public SpaceExhaustedException()
        : base("The container has no free slot left for a checkpoint.")
    {
    }

    public SpaceExhaustedException(string message)
        : base(message)
    {
    }

    public SpaceExhaustedException(string message, Exception innerException)
        : base(message, innerException)
    {
    }
}
