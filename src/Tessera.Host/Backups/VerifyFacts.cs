using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Backups;

/// <summary>A backup that was read and verified, with all it builds on.</summary>
internal sealed record VerifyFacts(ulong Generation, int Files, long Bytes)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture, $"generation {Generation}: {Files} {(Files == 1 ? "file" : "files")}, {ByteSize.Format((ulong)Bytes)}, verified.");
}
