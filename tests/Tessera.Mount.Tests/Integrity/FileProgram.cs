namespace Tessera.Mount.Tests.Integrity;

/// <summary>Makes programs on a few files: offsets and lengths mostly anywhere, often just at the places where something changes.</summary>
internal static class FileProgram
{
    public const int Files = 3;

    /// <summary>No operation reaches farther into a file; an append may.</summary>
    public const int Reach = 2 << 20;

    private const int Page = 4096;
    private const int LongestRun = 160 * 1024;
    private static readonly int[] s_edges = [0, 1, 100, 2048, Page - 1, Page, Page + 1, 16 << 10, (64 << 10) - 1, 64 << 10, (64 << 10) + 1, 128 << 10, 1 << 20];

    private static readonly (int Weight, FileOperationKind Kind)[] s_kinds =
    [
        (140, FileOperationKind.Read), (40, FileOperationKind.DirectRead), (60, FileOperationKind.MappedRead), (200, FileOperationKind.Write),
        (50, FileOperationKind.DirectWrite), (80, FileOperationKind.MappedWrite), (30, FileOperationKind.Append), (90, FileOperationKind.Truncate),
        (20, FileOperationKind.Allocate), (20, FileOperationKind.AllocateKeepingSize), (60, FileOperationKind.PunchHole), (30, FileOperationKind.ZeroRange),
        (20, FileOperationKind.ZeroRangeKeepingSize), (60, FileOperationKind.CopyRange), (25, FileOperationKind.Sync), (20, FileOperationKind.DropCache),
        (15, FileOperationKind.Compare), (15, FileOperationKind.Reopen),
    ];

    private static readonly int s_weights = s_kinds.Sum(one => one.Weight);

    /// <summary>The same seed makes the same program. It ends with a remount and, every other one, with a kill; then everything is compared.</summary>
    public static List<FileOperation> Make(int seed, int operations)
    {
        var random = new Random(seed);
        List<FileOperation> program = [.. Enumerable.Range(0, operations).Select(_ => Next(random))];
        program.Add(new FileOperation(seed % 2 == 0 ? FileOperationKind.Remount : FileOperationKind.Kill, 0, 0, 0, 0));
        program.AddRange(Enumerable.Range(0, Files).Select(file => new FileOperation(FileOperationKind.Compare, file, 0, 0, 0)));
        return program;
    }

    private static FileOperation Next(Random random)
    {
        FileOperationKind kind = KindOf(random.Next(s_weights));
        var operation = new FileOperation(kind, random.Next(Files), Offset(random), Length(random), (uint)random.Next());
        return kind switch
        {
            FileOperationKind.DirectRead or FileOperationKind.DirectWrite =>
                operation with { Offset = operation.Offset & -Page, Length = Math.Max(Page, operation.Length & -Page) },
            FileOperationKind.CopyRange => operation with { TargetFile = random.Next(Files), TargetOffset = Offset(random) },
            _ => operation,
        };
    }

    private static FileOperationKind KindOf(int dice)
    {
        int i = 0;
        while (dice >= s_kinds[i].Weight)
        {
            dice -= s_kinds[i++].Weight;
        }

        return s_kinds[i].Kind;
    }

    private static int Offset(Random random) => random.Next(5) switch
    {
        0 => s_edges[random.Next(s_edges.Length)],
        1 => random.Next(Reach / Page) * Page,
        2 => random.Next(Page * 4),
        _ => random.Next(Reach),
    };

    private static int Length(Random random) => Math.Max(1, random.Next(4) switch
    {
        0 => Math.Min(LongestRun, s_edges[random.Next(s_edges.Length)]),
        1 => random.Next(LongestRun),
        _ => random.Next(Page * 3),
    });
}
