namespace Tessera.Mount.Tests.Differential;

/// <summary>Runs programs in a directory that is known to be right and in one that is to be, and looks for the first difference.</summary>
/// <param name="expectedRoot">Below which every run gets an empty directory, on the file system that is right.</param>
/// <param name="actualRoot">The same on the one under test.</param>
/// <param name="fault">What a planted fault makes of a call on the side under test.</param>
internal sealed class Comparison(string expectedRoot, string actualRoot, Func<Operation, Operation>? fault = null)
{
    /// <summary>A program is small enough when taking away any one call makes the difference vanish; it takes at most so many runs to know.</summary>
    private const int MostShrinkRuns = 2000;
    private int _runs;

    /// <summary>Null: no difference.</summary>
    public Difference? Run(IReadOnlyList<Operation> program)
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
            using var expected = new Executor(expectedPath);
            using var actual = new Executor(actualPath);
            for (int i = 0; i < program.Count; i++)
            {
                if (Compare(expected, actual, program[i]) is { } what)
                {
                    return new Difference(i, what);
                }
            }
        }
        finally
        {
            Directory.Delete(expectedPath, recursive: true);
            Directory.Delete(actualPath, recursive: true);
        }

        return null;
    }

    /// <summary>The shortest program found that still shows a difference: pieces are left out, larger ones first.</summary>
    public List<Operation> Shrink(IReadOnlyList<Operation> program, Difference difference)
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
                    if (Run(shorter) is { } still)
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

    /// <summary>The call's answer, and what its files look like after it; null when both sides agree.</summary>
    private string? Compare(Executor expected, Executor actual, Operation operation)
    {
        Operation faulty = fault?.Invoke(operation) ?? operation;
        Operation look = new(0, OperationKind.Stat, operation.Path, ".", 0, 0, 0, 0);
        (Operation Expected, Operation Actual)[] questions =
        [
            (operation, faulty),
            (look, look),
            (look with { Path = operation.Other }, look with { Path = operation.Other }),
            (operation with { Kind = OperationKind.StatOpen }, operation with { Kind = OperationKind.StatOpen }),
        ];
        foreach ((Operation asked, Operation done) in questions)
        {
            Outcome right = expected.Run(asked);
            Outcome found = actual.Run(done);
            if (right != found)
            {
                return $"{asked}\n  expected: {right}\n  got:      {found}";
            }
        }

        return null;
    }
}
