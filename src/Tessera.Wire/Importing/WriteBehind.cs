using System.Buffers;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <summary>What was written to one file and is not at the exporter yet: a piece that is still growing, small ones elsewhere in the file that were written before it and go with it, the pieces
/// on their way, and after them, of a file that this end has just made, its mode and times.</summary>
/// <remarks>Members but <see cref="End"/> are used while <see cref="Order"/> is held, except that replies arrive by <see cref="Arrived"/> at any time.</remarks>
internal sealed class WriteBehind(ulong ino) : IDisposable
{
    /// <summary>Set-user-ID, set-group-ID and sticky: whether they are given, the exporter decides.</summary>
    public const uint SpecialBits = 0xE00;

    /// <summary>Bytes of the pieces that wait beside the growing one. With that they fit into a frame.</summary>
    private const int MaxBeside = 64 << 10;

    private readonly Lock gate = new();
    private readonly List<(ulong Start, ulong End)> under = [];
    private readonly List<KeptPiece> beside = [];
    private int besideLength;
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

    /// <summary>Bytes of the piece that is growing; 0: there is none, and none beside it.</summary>
    public int Length { get; private set; }

    /// <summary>Of the growing piece.</summary>
    public WriteFlags Flags { get; private set; }

    /// <summary>It was taken from the table: whoever comes now takes another.</summary>
    public bool IsGone { get; set; }

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
                return Length > 0 || beside.Count > 0 || under.Count > 0 || error != FsError.None || changes.Mask != AttributeMask.None;
            }
        }
    }

    /// <summary>Adds to what is here: at either end of a piece or over it, as who writes a file's head last does, or, with a gap, as assemblers leave between sections, another piece, where
    /// those before it are small enough to wait for it. No two pieces touch each other; false: what is here has to be sent first.</summary>
    public bool TryAppend(in Caller caller, in FileSpan span, ReadOnlySpan<byte> content, WriteFlags flags)
    {
        ulong start = span.Offset;
        ulong end = span.Offset + (ulong)content.Length;
        lock (gate)
        {
            bool grows = Length > 0 && Touches(span, content.Length, Start, Length);
            if (!Fits(span, content.Length, grows, ref start, ref end) || (Length > 0 && Handle != span.Handle))
            {
                return false;
            }

            held ??= ArrayPool<byte>.Shared.Rent(WireLimits.MaxData);
            if (Length == 0)
            {
                (Writer, Handle, Flags) = (caller, span.Handle, flags);
            }
            else if (grows)
            {
                held.AsSpan(0, Length).CopyTo(held.AsSpan((int)(Start - start)));
            }
            else
            {
                PutBeside();
            }

            Absorb(span, content.Length, start);
            content.CopyTo(held.AsSpan((int)(span.Offset - start)));
            (Start, Length) = (start, (int)(end - start));
            Flags |= flags;
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

    /// <summary>A piece on its way has bytes of one that is here: it must arrive first.</summary>
    public bool Overlaps()
    {
        lock (gate)
        {
            bool does = IsUnder(Start, Length);
            foreach (KeptPiece piece in beside)
            {
                does |= IsUnder(piece.Start, piece.Length);
            }

            return does;
        }
    }

    /// <summary>Copies what is here into a request: it is on its way.</summary>
    public PieceRanges Leave(ImportSlot slot)
    {
        var sent = default(PieceRanges);
        lock (gate)
        {
            foreach (KeptPiece piece in beside)
            {
                Leave(slot, piece, ref sent);
            }

            beside.Clear();
            besideLength = 0;
            if (Length > 0)
            {
                Leave(slot, new KeptPiece(Start, held!, Length, Flags), ref sent);
                held = null;
                Length = 0;
            }
        }

        return sent;
    }

    /// <summary>Pieces have arrived, or could not be written: the first such failure is kept for who asks.</summary>
    public void Arrived(in PieceRanges sent, FsError outcome)
    {
        lock (gate)
        {
            for (int i = 0; i < sent.Count; i++)
            {
                under.Remove(sent[i]);
            }

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

    private static bool Touches(in FileSpan span, int length, ulong start, int pieceLength) =>
        span.Offset <= start + (ulong)pieceLength && start <= span.Offset + (ulong)length;

    /// <summary>Whether a write and the pieces that it touches are one of a possible length, and the others can wait beside it.</summary>
    private bool Fits(in FileSpan span, int length, bool grows, ref ulong start, ref ulong end)
    {
        int others = beside.Count, othersLength = besideLength;
        foreach (KeptPiece piece in beside)
        {
            if (Touches(span, length, piece.Start, piece.Length))
            {
                start = Math.Min(start, piece.Start);
                end = Math.Max(end, piece.Start + (ulong)piece.Length);
                others--;
                othersLength -= piece.Length;
            }
        }

        if (grows)
        {
            start = Math.Min(start, Start);
            end = Math.Max(end, Start + (ulong)Length);
        }
        else if (Length > 0)
        {
            others++;
            othersLength += Length;
        }

        return end - start <= WireLimits.MaxData && others < PieceRanges.Most && othersLength <= MaxBeside;
    }

    /// <summary>The piece that has grown waits beside the one that begins.</summary>
    private void PutBeside()
    {
        byte[] bytes = ArrayPool<byte>.Shared.Rent(Length);
        held.AsSpan(0, Length).CopyTo(bytes);
        beside.Add(new KeptPiece(Start, bytes, Length, Flags));
        besideLength += Length;
        Flags = WriteFlags.None;
    }

    /// <summary>Pieces that a write touches become one with it.</summary>
    private void Absorb(in FileSpan span, int length, ulong start)
    {
        for (int i = beside.Count - 1; i >= 0; i--)
        {
            KeptPiece piece = beside[i];
            if (Touches(span, length, piece.Start, piece.Length))
            {
                piece.Bytes.AsSpan(0, piece.Length).CopyTo(held.AsSpan((int)(piece.Start - start)));
                Flags |= piece.Flags;
                besideLength -= piece.Length;
                beside.RemoveAt(i);
                ArrayPool<byte>.Shared.Return(piece.Bytes);
            }
        }
    }

    private bool IsUnder(ulong start, int length)
    {
        foreach ((ulong Start, ulong End) range in under)
        {
            if (range.Start < start + (ulong)length && start < range.End)
            {
                return true;
            }
        }

        return false;
    }

    private void Leave(ImportSlot slot, in KeptPiece piece, ref PieceRanges sent)
    {
        slot.Add(new Step { Operation = OpCode.Write, Ino = ino, Handle = Handle, Offset = piece.Start, Flags = (uint)piece.Flags, Data = piece.Bytes.AsMemory(0, piece.Length) });
        sent.Add(piece.Start, piece.Length);
        under.Add(sent[sent.Count - 1]);
        ArrayPool<byte>.Shared.Return(piece.Bytes);
    }

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
