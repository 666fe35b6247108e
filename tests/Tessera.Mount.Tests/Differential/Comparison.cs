using Tessera.Differential;

namespace Tessera.Mount.Tests.Differential;

/// <summary>Runs programs in a directory that is known to be right and in one that is to be, and looks for the first difference.</summary>
/// <remarks>
/// Each side has two processes, each with descriptors, locks, umask and identity of its own. Their calls follow each other in the
/// program's order, so that a seed repeats what it found; the two sides work at the same time.
/// </remarks>
/// <param name="expectedRoot">Below which every run gets an empty directory, on the file system that is right.</param>
/// <param name="actualRoot">The same on the one under test.</param>
/// <param name="fault">What a planted fault makes of a call on the side under test.</param>
internal sealed class Comparison(string expectedRoot, string actualRoot, Func<Operation, Operation>? fault = null) : IDisposable
{
    /// <summary>A program is small enough when taking away any one call makes the difference vanish; it takes at most so many runs to know.</summary>
    private const int MostShrinkRuns = 2000;

    /// <summary>Its calls and its answers fit a pipe.</summary>
    private const int LongestTurn = 32;
    private readonly Side _expected = new();
    private readonly Side _actual = new();
    private int _runs;

    public void Dispose()
    {
        _expected.Dispose();
        _actual.Dispose();
    }

    /// <summary>Null: no difference.</summary>
    /// <param name="program">The calls.</param>
    /// <param name="marks">Whether to compare the times that each call marks; the looks before it refresh what caches know, so do both.</param>
    /// <param name="remount">Made after the last call, with nothing open: the trees are compared before and after it.</param>
    public Difference? Run(IReadOnlyList<Operation> program, bool marks, Action? remount = null)
    {
        string name = $"run{_runs++}";
        string expectedPath = Directory.CreateDirectory(Path.Combine(expectedRoot, name)).FullName;
        string actualPath = Directory.CreateDirectory(Path.Combine(actualRoot, name)).FullName;
        foreach (string path in new[] { expectedPath, actualPath })
        {
            File.SetUnixFileMode(path, (UnixFileMode)0b111_111_111);
        }

        try
        {
            _expected.Begin(expectedPath);
            _actual.Begin(actualPath);
            return CompareCalls(program, marks) ?? CompareTrees(program.Count) ?? CompareAgain(program.Count, remount);
        }
        finally
        {
            _expected.End();
            _actual.End();
            Directory.Delete(expectedPath, recursive: true);
            Directory.Delete(actualPath, recursive: true);
        }
    }

    /// <summary>The shortest program found that still shows a difference: pieces are left out, larger ones first.</summary>
    public List<Operation> Shrink(IReadOnlyList<Operation> program, Difference difference, bool marks)
    {
        List<Operation> shortest = [.. program.Take(difference.At + 1)];
        int first = _runs;
        for (int piece = Math.Max(1, shortest.Count / 2); piece >= 1 && _runs - first < MostShrinkRuns; piece = piece == 1 ? 0 : piece / 2)
        {
            bool again = true;
            while (again)
            {
                again = false;
                for (int at = 0; at < shortest.Count && _runs - first < MostShrinkRuns;)
                {
                    List<Operation> shorter = [.. shortest.Where((_, i) => i < at || i >= at + piece)];
                    if (Run(shorter, marks) is { } still)
                    {
                        shortest = [.. shorter.Take(still.At + 1)];
                        again = piece == 1;
                    }
                    else
                    {
                        at += piece;
                    }
                }
            }
        }

        return shortest;
    }

    /// <summary>Each call's answer, what its files look like after it, and the times that it marked.</summary>
    private Difference? CompareCalls(IReadOnlyList<Operation> program, bool marks)
    {
        for (int first = 0; first < program.Count;)
        {
            int last = EndOfTurn(program, first);
            for (int i = first; i < last; i++)
            {
                _expected.Ask(program[i], marks);
                _actual.Ask(fault?.Invoke(program[i]) ?? program[i], marks);
            }

            for (; first < last; first++)
            {
                string right = _expected.Answer(program[first]);
                string found = _actual.Answer(program[first]);
                if (right != found)
                {
                    return new Difference(first, $"{program[first]}\n  expected: {right}\n  got:      {found}");
                }
            }
        }

        return null;
    }

    /// <summary>Calls of one process in a row are sent at once: only between the two must one wait for the other.</summary>
    private static int EndOfTurn(IReadOnlyList<Operation> program, int first)
    {
        int end = first + 1;
        while (end < program.Count && end - first < LongestTurn && program[end].Actor == program[first].Actor)
        {
            end++;
        }

        return end;
    }

    private Difference? CompareTrees(int at)
    {
        string[] right = _expected.Tree();
        string[] found = _actual.Tree();
        return right.SequenceEqual(found, StringComparer.Ordinal)
            ? null
            : new Difference(at, $"At the end\n  expected: {string.Join("\n            ", right.Except(found, StringComparer.Ordinal))}\n  got:      {string.Join("\n            ", found.Except(right, StringComparer.Ordinal))}");
    }

    private Difference? CompareAgain(int at, Action? remount)
    {
        if (remount is null)
        {
            return null;
        }

        _actual.End();
        remount();
        return CompareTrees(at);
    }
}
