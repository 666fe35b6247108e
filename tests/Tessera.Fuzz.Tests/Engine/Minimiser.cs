namespace Tessera.Fuzz.Tests.Engine;

/// <summary>Makes a failing input smaller and emptier while it goes on failing.</summary>
public static class Minimiser
{
    /// <summary>Trials spent on one finding.</summary>
    private const int MostTrials = 4000;

    public static byte[] Shrink(FuzzTarget target, byte[] input)
    {
        int trials = 0;
        bool progress = true;
        while (progress && trials < MostTrials)
        {
            progress = false;
            for (int piece = Math.Max(1, input.Length / 2); piece > 0; piece /= 2)
            {
                for (int at = 0; at + piece <= input.Length && trials < MostTrials; at += piece)
                {
                    byte[] shorter = [.. input[..at], .. input[(at + piece)..]];
                    byte[] emptier = (byte[])input.Clone();
                    emptier.AsSpan(at, piece).Clear();
                    trials += 2;
                    if (Trial.Run(target, shorter) is not null)
                    {
                        input = shorter;
                        progress = true;
                    }
                    else if (!emptier.AsSpan().SequenceEqual(input) && Trial.Run(target, emptier) is not null)
                    {
                        input = emptier;
                        progress = true;
                    }
                }
            }
        }

        return input;
    }
}
