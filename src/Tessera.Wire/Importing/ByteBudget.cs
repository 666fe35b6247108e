namespace Tessera.Wire.Importing;

/// <summary>Memory that many may take from, up to a limit.</summary>
/// <param name="most">The limit, bytes.</param>
internal sealed class ByteBudget(long most)
{
    private long used;

    /// <returns>False: there is not so much left, and nothing was taken.</returns>
    public bool TryTake(int bytes)
    {
        if (Interlocked.Add(ref used, bytes) <= most)
        {
            return true;
        }

        Give(bytes);
        return false;
    }

    public void Give(int bytes) => Interlocked.Add(ref used, -bytes);
}
