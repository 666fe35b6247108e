using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Copying;

/// <summary>What a copy did, for people and programs.</summary>
/// <param name="Complete">Everything in the source is in the target, and was compared with it.</param>
/// <param name="Special">Pipes, sockets and device nodes made.</param>
/// <param name="Links">Names made beyond the first of an inode.</param>
/// <param name="Bytes">Bytes of contents copied.</param>
/// <param name="Present">Names that were there already, complete.</param>
/// <param name="Disowned">Files that belong to whoever copied them, because only root gives files away.</param>
internal sealed record CopyFacts(
    string Source,
    string Target,
    bool Complete,
    long Files,
    long Directories,
    long Symlinks,
    long Special,
    long Links,
    long Bytes,
    long Present,
    long VerifiedNames,
    long VerifiedBytes,
    long Disowned,
    double Seconds,
    CopyFailure[] Failures,
    long MoreFailures,
    CopyFailure[] LeftOut,
    long MoreLeftOut)
{
    public static CopyFacts Of(string source, string target, CopyTally tally, TimeSpan took) => new(
        source,
        target,
        tally.FailureCount == 0,
        tally.Files,
        tally.Directories,
        tally.Symlinks,
        tally.Specials,
        tally.Links,
        tally.Bytes,
        tally.Present,
        tally.VerifiedNames,
        tally.VerifiedBytes,
        tally.Disowned,
        took.TotalSeconds,
        [.. tally.Failures],
        tally.FailureCount - tally.Failures.Count,
        [.. tally.LeftOut],
        tally.LeftOutCount - tally.LeftOut.Count);

    public override string ToString()
    {
        string present = Present == 0 ? string.Empty : string.Create(CultureInfo.InvariantCulture, $", {Present} were there already");
        return string.Create(
            CultureInfo.InvariantCulture,
            $"{Files} files ({ByteSize.Format((ulong)Bytes)}), {Directories} directories, {Symlinks + Special + Links} links and others copied{present}; {VerifiedNames} compared with their source, {ByteSize.Format((ulong)VerifiedBytes)}.");
    }
}
