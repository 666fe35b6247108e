namespace Tessera.Host.Sharing;

/// <summary>How often a preferred address is tried while another is in use. One that answers and is lost again soon is tried less and less often: each way there and back costs programs a wait.</summary>
internal sealed class ReturnPace
{
    /// <summary>As long as the preferred address keeps what it is given.</summary>
    public static readonly TimeSpan Shortest = TimeSpan.FromSeconds(5);

    public static readonly TimeSpan Longest = TimeSpan.FromMinutes(5);

    /// <summary>A connection to the preferred address that was held so long says that it is whole again.</summary>
    public static readonly TimeSpan Stable = TimeSpan.FromMinutes(1);

    private bool hasReturned;

    /// <summary>Between two attempts.</summary>
    public TimeSpan Pause { get; private set; } = Shortest;

    /// <summary>The session has gone back.</summary>
    public void Returned() => hasReturned = true;

    /// <summary>A connection was lost.</summary>
    /// <param name="isPreferred">It was to the preferred address.</param>
    /// <param name="age">How long it was held.</param>
    public void Lost(bool isPreferred, TimeSpan age)
    {
        if (!isPreferred)
        {
            return;
        }

        Pause = age >= Stable ? Shortest
            : !hasReturned ? Pause
            : Pause * 2 < Longest ? Pause * 2
            : Longest;
        hasReturned = false;
    }
}
