namespace Tessera.Fuzz.Tests.Engine;

/// <summary>One input, read once: what went wrong, if anything did.</summary>
public static class Trial
{
    /// <summary>Null when the reader bore it.</summary>
    /// <remarks>Memory counts as the reader's only when the same input costs it twice. The runtime charges its own to whatever thread is there: the table of all static fields,
    /// when it is full, with 16 KiB, then 32, then 64.</remarks>
    public static string? Run(FuzzTarget target, byte[] input)
    {
        string? fault = Read(target, input, out long allocated);
        if (fault is null && allocated > target.AllocationLimit)
        {
            fault = Read(target, input, out allocated);
        }

        return fault ?? (allocated > target.AllocationLimit ? $"It allocated {allocated:N0} bytes; {target.AllocationLimit:N0} are allowed." : null);
    }

    private static string? Read(FuzzTarget target, byte[] input, out long allocated)
    {
        byte[] lent = (byte[])input.Clone();
        long before = GC.GetAllocatedBytesForCurrentThread();
        string? fault = null;
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
            fault = $"{exception.GetType().Name}: {exception.Message} {Place(exception)}";
        }
#pragma warning restore CA1031

        allocated = GC.GetAllocatedBytesForCurrentThread() - before;
        return fault;
    }

    /// <summary>Where it was thrown, innermost first.</summary>
    private static string Place(Exception exception) =>
        string.Join(" ← ", (exception.StackTrace ?? string.Empty).Split('\n').Take(4).Select(line => line.Trim()));
}
