using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Core.Stores;
using Tessera.Host.CommandLine;
using Tessera.Host.Copying;
using Tessera.Host.Native;

namespace Tessera.Host.Locking;

/// <summary>A file that is being locked, in the clear. Its lock takes its place when all of it was copied and compared, unless it was changed meanwhile.</summary>
internal sealed class OriginalFile : IAsyncDisposable
{
    /// <summary>Times that file systems note are those of the last tick of a coarse clock: a change after so long has another time.</summary>
    private static readonly TimeSpan s_tick = TimeSpan.FromMilliseconds(20);

    private readonly string file;
    private readonly HostPlace place;
    private readonly byte[] name;

    private OriginalFile(string file, HostPlace place)
    {
        this.file = file;
        this.place = place;
        name = Encoding.UTF8.GetBytes(Path.GetFileName(file));
    }

    /// <summary>As they were when it was opened.</summary>
    private InodeAttributes Attributes { get; set; }

    /// <summary>Looks at the file; from then on it must not change.</summary>
    /// <param name="named">As the user wrote it.</param>
    /// <param name="file">Its canonical path.</param>
    /// <exception cref="CommandException">It cannot be locked.</exception>
    public static async Task<OriginalFile> OpenAsync(string named, string file)
    {
        var original = new OriginalFile(file, HostPlace.Open(Path.GetDirectoryName(file)!, readOnly: true));
        try
        {
            original.Attributes = await original.LookAsync();
            original.Require(named);
            await Task.Delay(s_tick);
            return original;
        }
        catch
        {
            await original.DisposeAsync();
            throw;
        }
    }

    /// <summary>Copies and compares it; what keeps it from being whole is told in the job's tally.</summary>
    /// <exception cref="CopyException">The target takes nothing any more.</exception>
    public async Task CopyAsync(CopyPlace target, CopyJob job)
    {
        try
        {
            await FileCopyRun.RunAsync(place, target, Attributes, LockedFile.ContentName, job);
        }
        catch (CopyException fault) when (!fault.EndsAll)
        {
            job.Tally.Fail(file, fault.Message);
        }
        catch (StoreDamageException damage)
        {
            job.Tally.Fail(file, damage.Message, isDamage: true);
        }
    }

    /// <exception cref="CommandException">It was changed, and perhaps the copy is not what it is now: exit 6.</exception>
    public async Task RequireUnchangedAsync()
    {
        if (Kept(await LookAsync()) != Kept(Attributes))
        {
            throw new CommandException(
                ExitCode.Busy, $"{file} was changed while it was copied.", "It is as it was. End what writes to it, and run the same command again: it goes on.");
        }
    }

    public ValueTask DisposeAsync() => place.DisposeAsync();

    /// <summary>What stays as it is for as long as nobody changes the file, or gives its name to another.</summary>
    private static (ulong Ino, uint Links, ulong Size, Timestamp Modified, Timestamp Changed) Kept(InodeAttributes attributes) =>
        (attributes.Ino, attributes.LinkCount, attributes.Size, attributes.ModifyTime, attributes.ChangeTime);

    private void Require(string named)
    {
        string? reason =
            !ModeBits.IsRegular(Attributes.Mode) ? "is neither a directory nor a regular file"
            : Attributes.LinkCount > 1 ? $"has {Attributes.LinkCount} names (hard links): by the others it would stay readable. Remove them, or lock a copy"
            : null;
        if (reason is not null)
        {
            throw new CommandException(ExitCode.Usage, $"{named} {reason}.", "Nothing was changed.");
        }
    }

    /// <summary>What programs have written through mappings is written first: it may not have changed the file's times before.</summary>
    private async Task<InodeAttributes> LookAsync()
    {
        FsResult<InodeAttributes> found = await place.Files.LookupAsync(place.Caller, FsLimits.RootInode, name);
        FsError error = found.Error;
        if (found.Ok && ModeBits.IsRegular(found.Value.Mode))
        {
            error = await place.Files.SyncAsync(place.Caller, found.Value.Ino, dataOnly: false);
            found = error == FsError.None ? await place.Files.GetAttributesAsync(place.Caller, found.Value.Ino) : error;
        }

        return found.Ok ? found.Value : throw new CommandException(ExitCode.Fault, $"{file} cannot be looked at: {Libc.Describe((int)found.Error)}.", "It was left as it is.");
    }
}
