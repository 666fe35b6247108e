namespace Tessera.Content;

/// <summary>Whether the reads through one handle follow each other. Races between readers of one handle make it guess wrong, never read
/// wrong.</summary>
public sealed class ReadPattern
{
    /// <summary>Reads in a row that make a sequence.</summary>
    private const int SequentialAfter = 2;
    private long next;
    private int run;

    public bool IsSequential => run >= SequentialAfter;

    public void Reset()
    {
        next = 0;
        run = 0;
    }

    /// <summary>Notes a read and tells whether it goes on where the last ones ended. The kernel may send neighbouring requests out of
    /// order.</summary>
    public bool Note(long offset, int length)
    {
        bool near = offset <= next && offset + (4L * length) >= next;
        bool follows = near || (offset > next && offset - next <= 4L * length);
        run = follows ? Math.Min(run + 1, SequentialAfter) : 0;
        next = follows ? Math.Max(next, offset + length) : offset + length;
        return run >= SequentialAfter;
    }
}
