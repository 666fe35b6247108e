namespace Tessera.Testing.Simulation;

/// <summary>Builds the disk that a power cut leaves: the state of the last good flush, and of each later operation what luck let through.</summary>
internal static class CutImage
{
    /// <summary>Applies an operation of which nothing is lost.</summary>
    public static void Apply(DiskImage image, DiskOperation operation)
    {
        switch (operation.Kind)
        {
            case DiskOperations.Grow:
                image.SetLength(operation.Offset);
                break;
            case DiskOperations.Punch:
                ForEachPunchedPage(operation, image, static _ => true);
                break;
            case DiskOperations.Flush:
                break;
            default:
                image.Write(operation.Offset, operation.Data);
                break;
        }
    }

    /// <param name="flushed">The frozen state at the last good flush before the cut.</param>
    /// <param name="operations">Everything since, up to and including the operation in flight.</param>
    /// <param name="first">The place of the first of them in the trace.</param>
    /// <param name="cut">The cut.</param>
    public static DiskImage Build(DiskImage flushed, ReadOnlyMemory<DiskOperation> operations, int first, PowerCut cut)
    {
        var luck = new CutLuck(operations, first, cut);
        DiskImage image = flushed.Clone();
        image.SetLength(SurvivingLength(flushed.Length, operations.Span, first, cut, luck));
        for (int i = 0; i < operations.Length; i++)
        {
            DiskOperation operation = operations.Span[i];
            int index = first + i;
            if (operation.Kind == DiskOperations.Punch)
            {
                ForEachPunchedPage(operation, image, sector => luck.Survives(index, sector));
            }
            else if (operation.IsWrite)
            {
                WriteSurvivors(image, operation, index, luck);
            }
        }

        return image;
    }

    /// <summary>
    /// A length is one journalled fact of the host: a later growth never survives without an earlier one, and a durable write takes the
    /// length it needs to the disk with it (O_DSYNC, open(2)).
    /// </summary>
    private static long SurvivingLength(long flushed, ReadOnlySpan<DiskOperation> operations, int first, in PowerCut cut, CutLuck luck)
    {
        long needed = flushed;
        long lucky = flushed;
        for (int i = 0; i < operations.Length; i++)
        {
            DiskOperation operation = operations[i];
            if (CutLuck.IsSettled(operation, first + i, cut))
            {
                needed = Math.Max(needed, operation.Offset + operation.Length);
            }
            else if (operation.Kind == DiskOperations.Grow && luck.Survives(first + i, 0))
            {
                lucky = Math.Max(lucky, operation.Offset);
            }
        }

        long least = flushed;
        foreach (DiskOperation operation in operations)
        {
            if (least < needed && operation.Kind == DiskOperations.Grow)
            {
                least = Math.Max(least, operation.Offset);
            }
        }

        return Math.Max(least, lucky);
    }

    private static void WriteSurvivors(DiskImage image, DiskOperation operation, int index, CutLuck luck)
    {
        // Sectors beyond a length that did not survive have no place to be.
        int within = (int)Math.Clamp((image.Length - operation.Offset) / DiskOperation.SectorBytes, 0, operation.Sectors);
        int run = 0;
        for (int sector = 0; sector <= within; sector++)
        {
            if (sector < within && luck.Survives(index, sector))
            {
                run++;
                continue;
            }

            if (run > 0)
            {
                int start = (sector - run) * DiskOperation.SectorBytes;
                image.Write(operation.Offset + start, operation.Data.AsSpan(start, run * DiskOperation.SectorBytes));
                run = 0;
            }
        }
    }

    /// <summary>Whole pages of a punched range become arbitrary; of each, half keep their old bytes, as on a host that has not got round to it.</summary>
    private static void ForEachPunchedPage(DiskOperation punch, DiskImage image, Func<int, bool> survives)
    {
        long firstPage = (punch.Offset + DiskImage.PageBytes - 1) / DiskImage.PageBytes;
        long endPage = Math.Min(punch.Offset + punch.Length, image.Length) / DiskImage.PageBytes;
        for (long page = firstPage; page < endPage; page++)
        {
            if (SeededHash.Coin(SeededHash.Of((ulong)punch.Offset, page)) && survives((int)(page - firstPage)))
            {
                image.Forget(page);
            }
        }
    }
}
