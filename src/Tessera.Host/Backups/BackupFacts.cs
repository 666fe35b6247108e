using System.Globalization;
using Tessera.Container.Backup;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Backups;

/// <summary>A backup that was taken, for people and programs.</summary>
internal sealed record BackupFacts(
    string Path, bool Full, ulong Generation, ulong BaseGeneration, long Bytes, long Nodes, long Blocks, long DamagedBlocks, double Seconds)
{
    /// <summary>Operations of the control socket; the argument is the directory.</summary>
    public const string Operation = "backup";
    public const string FullOperation = "backup-full";

    public static BackupFacts Of(BackupResult result, TimeSpan took) => new(
        result.Path,
        result.Header.IsFull,
        result.Header.Generation,
        result.Header.BaseGeneration,
        result.FileBytes,
        result.Nodes,
        result.Blocks,
        result.DamagedBlocks,
        took.TotalSeconds);

    public override string ToString()
    {
        string kind = Full ? "everything" : string.Create(CultureInfo.InvariantCulture, $"what changed since generation {BaseGeneration}");
        return string.Create(CultureInfo.InvariantCulture, $"{Path}: generation {Generation}, {kind}, {ByteSize.Format((ulong)Bytes)}; read back and verified.");
    }
}
