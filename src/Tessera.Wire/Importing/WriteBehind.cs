using System.Buffers;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>What was written to one file and is not at the exporter yet: a piece that is still growing, the pieces on their way, and after them, of a file that this end has
/// just made, its mode and times.</summary>
/// <remarks>Members but <see cref="End"/> are used while <see cref="Order"/> is held, except that replies arrive by <see cref="Arrived"/> at any time.</remarks>
internal sealed class WriteBehind(ulong ino) : IDisposable
{
    /// <summary>Set-user-ID, set-group-ID and sticky: whether they are given, the exporter decides.</summary>
    public const uint SpecialBits = 0xE00;

    private readonly Lock gate = new();
    private readonly List<(ulong Start, ulong End)> under = [];
    private TaskCompletionSource? drained;
    private FsError error;
    private byte[]? held;
    private MadeFile? made;
    private AttributeChanges changes;

    public ulong Ino => ino;

    /// <summary>Taken by whoever writes, or waits for what was written.</summary>
    public SemaphoreSlim Order { get; } = new(1);

    /// <summary>The file is at least so long, whatever the exporter says of the time before these writes arrived.</summary>
    public ulong End { get; private set; }

    /// <summary>When it was last written to, <see cref="Environment.TickCount64"/>.</summary>
    public long Touched { get; private set; }

    public Caller Writer { get; private set; }

    public ulong Handle { get; private set; }

    public ulong Start { get; private set; }

    /// <summary>Bytes of the piece that is growing; 0: there is none.</summary>
    public int Length { get; private set; }

    /// <summary>Of the growing piece.</summary>
    public WriteFlags Flags { get; private set; }

    /// <summary>It was taken from the table: whoever comes now takes another.</summary>
    public bool IsGone { get; set; }

    public ReadOnlyMemory<byte> Piece => held.AsMemory(0, Length);

    /// <summary>Mode and times that are to follow what was written.</summary>
    public AttributeChanges Changes
    {
        get
        {
            lock (gate)
            {
                return changes;
            }
        }
    }

    public bool HasChanges => Changes.Mask != AttributeMask.None;

    /// <summary>Something is not at the exporter yet, or a failure has not been told.</summary>
    public bool IsDirty
    {
        get
        {
            lock (gate)
            {
                return Length > 0 || under.Count > 0 || error != FsError.None || changes.Mask != AttributeMask.None;
            }
        }
    }

    /// <summary>Adds to the growing piece, at either end of it or over it, as who writes a file's head last does; false: it would have a gap, or become too long.</summary>
    public bool TryAppend(in Caller caller, in FileSpan span, ReadOnlySpan<byte> content, WriteFlags flags)
    {
        ulong start = Length == 0 ? span.Offset : Math.Min(Start, span.Offset);
        ulong end = Math.Max(Start + (ulong)Length, span.Offset + (ulong)content.Length);
        bool goesOn = Length == 0
            || (Handle == span.Handle && span.Offset <= Start + (ulong)Length && Start <= span.Offset + (ulong)content.Length && end - start <= WireLimits.MaxData);
        if (!goesOn)
        {
            return false;
        }

        lock (gate)
        {
            held ??= ArrayPool<byte>.Shared.Rent(WireLimits.MaxData);
            if (Length == 0)
            {
                (Writer, Handle, Start, Flags) = (caller, span.Handle, span.Offset, flags);
            }

            Flags |= flags;
            held.AsSpan(0, Length).CopyTo(held.AsSpan((int)(Start - start)));
            content.CopyTo(held.AsSpan((int)(span.Offset - start)));
            Length = Length == 0 ? content.Length : (int)(end - start);
            Start = start;
            End = Math.Max(End, span.Offset + (ulong)content.Length);
            made?.Write(span.Offset, content);
            Touched = Environment.TickCount64;
            return true;
        }
    }

    /// <summary>This end has made the file, or opened it with O_CREAT and found it empty.</summary>
    public void BeginMade(MadeFile file)
    {
        lock (gate)
        {
            if (Length > 0 || under.Count > 0 || (!file.IsNew && End > 0))
            {
                return; // Others here have written to it meanwhile.
            }

            made?.Drop();
            made = file;
            Touched = Environment.TickCount64;
        }
    }

    /// <summary>The attributes of a file that was made here and is open, provisional; false: the exporter has to be asked.</summary>
    public bool TryTell(long oldest, out InodeAttributes told)
    {
        lock (gate)
        {
            bool isHere = made is not null && (made.Attributes.Mode & SpecialBits) == 0 && Touched >= oldest && changes.Mask == AttributeMask.None;
            told = isHere ? Changed(made!.Now) : default;
            return isHere;
        }
    }

    /// <summary>Reads from a file that was made here and is open.</summary>
    public bool TryRead(ulong offset, Span<byte> destination, long oldest, out int read)
    {
        lock (gate)
        {
            read = 0;
            return made is not null && Touched >= oldest && made.TryRead(offset, destination, out read);
        }
    }

    /// <summary>A file that was made here is closed: takes its content, as a buffer of the pool; null: it is not here.</summary>
    public byte[]? TakeMade(out int length)
    {
        lock (gate)
        {
            length = 0;
            byte[]? content = made?.Take(out length);
            made = null;
            return content;
        }
    }

    /// <summary>It changes in other ways: what is asked for now, the exporter is asked for.</summary>
    public void EndMade()
    {
        lock (gate)
        {
            made?.Drop();
            made = null;
        }
    }

    /// <summary>Takes a change of mode and times, to follow what was written; false: the exporter has to be asked.</summary>
    public bool TryChange(in Caller caller, in AttributeChanges more, out InodeAttributes told)
    {
        const AttributeMask Times = AttributeMask.AccessTime | AttributeMask.ModifyTime;
        told = default;
        bool isPlain = (more.Mask & ~(Times | AttributeMask.Mode | AttributeMask.KillPrivileges)) == AttributeMask.None
            && (!more.Mask.HasFlag(AttributeMask.Mode) || (more.Mode & SpecialBits) == 0);
        lock (gate)
        {
            if (!isPlain || made is not { IsNew: true, Attributes: var attributes } || (attributes.Mode & SpecialBits) != 0)
            {
                return false;
            }

            Writer = Length > 0 ? Writer : caller;
            Touched = Environment.TickCount64;
            changes.Mask |= more.Mask & (Times | AttributeMask.Mode);
            changes.Mode = more.Mask.HasFlag(AttributeMask.Mode) ? more.Mode : changes.Mode;
            changes.AccessTime = more.Mask.HasFlag(AttributeMask.AccessTime) ? more.AccessTime : changes.AccessTime;
            changes.ModifyTime = more.Mask.HasFlag(AttributeMask.ModifyTime) ? more.ModifyTime : changes.ModifyTime;
            told = Changed(attributes);
            return true;
        }
    }

    /// <summary>The changes are at the exporter, or were refused.</summary>
    public void ChangesArrived(FsError outcome)
    {
        lock (gate)
        {
            made?.Changed(Changed(made.Attributes));
            changes = default;
            error = error == FsError.None ? outcome : error;
        }
    }

    /// <summary>What the exporter told of the file, with what it does not know yet.</summary>
    public InodeAttributes Overlay(in InodeAttributes attributes)
    {
        lock (gate)
        {
            return changes.Mask != AttributeMask.None ? Changed(attributes) : End > attributes.Size ? attributes with { Size = End } : attributes;
        }
    }

    /// <summary>The file was cut short; writes that arrived before say nothing of its length any more.</summary>
    public void Shorten()
    {
        lock (gate)
        {
            End = Length == 0 && under.Count == 0 ? 0 : End;
        }
    }

    /// <summary>A piece on its way has bytes of the growing one: it must arrive first.</summary>
    public bool Overlaps()
    {
        lock (gate)
        {
            ulong end = Start + (ulong)Length;
            return under.Exists(range => range.Start < end && Start < range.End);
        }
    }

    /// <summary>The growing piece has been copied into a request, and is on its way.</summary>
    public (ulong Start, ulong End) Leave()
    {
        lock (gate)
        {
            (ulong, ulong) range = (Start, Start + (ulong)Length);
            under.Add(range);
            ArrayPool<byte>.Shared.Return(held!);
            held = null;
            Length = 0;
            return range;
        }
    }

    /// <summary>A piece has arrived, or could not be written: the first such failure is kept for who asks.</summary>
    public void Arrived((ulong Start, ulong End) range, FsError outcome)
    {
        lock (gate)
        {
            under.Remove(range);
            error = error == FsError.None ? outcome : error;
            if (outcome != FsError.None)
            {
                made?.Drop(); // What is read from now on is what the exporter has.
                made = null;
            }

            if (under.Count == 0)
            {
                drained?.SetResult();
                drained = null;
            }
        }
    }

    /// <summary>Completes when nothing is on its way.</summary>
    public Task DrainedAsync()
    {
        lock (gate)
        {
            return under.Count == 0 ? Task.CompletedTask : (drained ??= new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously)).Task;
        }
    }

    /// <summary>The failure that was kept; it is told once.</summary>
    public FsError TakeError()
    {
        lock (gate)
        {
            (FsError taken, error) = (error, FsError.None);
            return taken;
        }
    }

    public void Dispose() => Order.Dispose();

    /// <summary>Change time and blocks are the exporter's to say, and not known yet.</summary>
    private InodeAttributes Changed(in InodeAttributes attributes) => attributes with
    {
        IsProvisional = true,
        Size = Math.Max(attributes.Size, End),
        Mode = changes.Mask.HasFlag(AttributeMask.Mode) ? (attributes.Mode & ModeBits.TypeMask) | (changes.Mode & ModeBits.PermissionMask) : attributes.Mode,
        AccessTime = changes.Mask.HasFlag(AttributeMask.AccessTime) ? changes.AccessTime : attributes.AccessTime,
        ModifyTime = changes.Mask.HasFlag(AttributeMask.ModifyTime) ? changes.ModifyTime : attributes.ModifyTime,
    };
}
