namespace Tessera.Fuzz.Tests.Engine;

/// <summary>One input, read once: what went wrong, if anything did.</summary>
public static class Trial
{
    /// <summary>Null when the reader bore it.</summary>
    public static string? Run(FuzzTarget target, byte[] input)
    {
        byte[] lent = (byte[])input.Clone();
        long before = GC.GetAllocatedBytesForCurrentThread();
#pragma warning disable CA1031 // Whatever is not declared is what is looked for.
        try
        {
            target.Read(lent);
        }
        catch (Exception exception) when (target.IsDeclared(exception))
        {
            // An answer like any other.
        }
        catch (Exception exception)
        {
            return $"{exception.GetType().Name}: {exception.Message} {Place(exception)}";
        }
#pragma warning restore CA1031

        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return allocated > target.AllocationLimit ? $"It allocated {allocated:N0} bytes; {target.AllocationLimit:N0} are allowed." : null;
    }

    /// <summary>Where it was thrown, innermost first.</summary>
    private static string Place(Exception exception) =>
        string.Join(" ← ", (exception.StackTrace ?? string.Empty).Split('\n').Take(4).Select(line => line.Trim()));
}
