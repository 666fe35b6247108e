using System.Globalization;
using Tessera.Container.Backup;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Backups;

/// <summary>A backup that is there to be restored.</summary>
internal sealed record BackupListing(ulong Generation, bool Full, DateTimeOffset Taken, long Bytes, string Path)
{
    public static BackupListing Of(BackupCatalog.Entry entry) => new(
        entry.Header.Generation, entry.Header.IsFull, DateTimeOffset.FromUnixTimeSeconds(entry.Header.CreatedSeconds), entry.Length, entry.Path);

    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"generation {Generation}  {Taken.ToLocalTime():yyyy-MM-dd HH:mm:ss}  {(Full ? "full     " : "increment")}  {ByteSize.Format((ulong)Bytes)}");
}
