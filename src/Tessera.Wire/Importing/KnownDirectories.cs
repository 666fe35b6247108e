using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>What listings told of directories, kept for a short time, so that names in them need not be asked for one by one.</summary>
/// <remarks>What this end changes is exact: names it changes are left to the exporter (<see cref="Touch"/>), as are inodes that <see cref="ChangeClock"/> says were changed. What
/// others change at the exporter is unknown here until a listing is too old, or the exporter tells of something that does not fit it (<see cref="Told"/>).</remarks>
internal sealed class KnownDirectories(KnownInodes inodes, ChangeClock clock)
{
    private const int MaxDirectories = 1024;
    private const int MaxBytes = 32 << 20;

    /// <summary>Names of one directory that this end changed; with more, the directory is forgotten.</summary>
    private const int MaxTouched = 8192;

    /// <summary>A directory of which more is known is not listed anew ahead.</summary>
    private const int MaxRenewed = 400;

    private readonly Lock gate = new();
    private readonly Dictionary<ulong, KnownDirectory> table = [];
    private readonly Dictionary<ulong, KnownPlace> places = [];
    private readonly Queue<KnownDirectory> byAge = new();
    private long bytes;

    /// <summary>Of directories themselves.</summary>
    public KnownAttributes Attributes { get; } = new(clock);

    public int Count
    {
        get
        {
            lock (gate)
            {
                return table.Count;
            }
        }
    }

    /// <summary>A listing is about to be asked for, or a directory has just been made.</summary>
    /// <param name="ino">Of the directory.</param>
    /// <param name="asked">When.</param>
    /// <param name="isMade">This end made the directory, so that it was empty.</param>
    public KnownDirectory Begin(ulong ino, Moment asked, bool isMade = false)
    {
        var directory = new KnownDirectory(ino, asked);
        lock (gate)
        {
            if (table.TryGetValue(ino, out KnownDirectory? before))
            {
                Remove(before);
            }

            table.Add(ino, directory);
            byAge.Enqueue(directory);
            if (isMade)
            {
                // Others here may have heard of it, and made names, before its maker did.
                directory.IsComplete = clock.IsUnchanged(ino, asked);
                directory.SetLoaded();
            }

            Evict(long.MinValue);
        }

        return directory;
    }

    /// <summary>As <see cref="Begin"/>, unless something is known of the directory or about to be.</summary>
    public KnownDirectory? TryBegin(ulong ino, Moment asked, long oldest)
    {
        lock (gate)
        {
            return table.TryGetValue(ino, out KnownDirectory? known) && known.Asked.Tick >= oldest ? null : Begin(ino, asked);
        }
    }

    /// <summary>A directory of which all is known, and was asked for before a moment, is about to be listed anew. What is known holds until that has come, or is too old.</summary>
    /// <returns>What is to be completed by <see cref="Renew"/>; null: there is nothing to renew.</returns>
    public KnownDirectory? TryBeginRenewal(ulong ino, Moment asked, long before)
    {
        lock (gate)
        {
            bool isDue = table.TryGetValue(ino, out KnownDirectory? known) && known.Asked.Tick < before && known is { IsComplete: true, Renewal: null, IsRenewedInVain: false }
                && known.Parts.Count <= 1 && known.Touched + (known.Parts.Count > 0 ? known.Parts[0].Names : 0) <= MaxRenewed;
            return isDue ? known!.Renewal = new KnownDirectory(ino, asked) { WasRead = known.WasRead, Opens = known.Opens, LastOpened = known.LastOpened } : null;
        }
    }

    /// <summary>The new listing has come, and takes the place of what was known; null, or one that is not whole: that stays, until it is too old.</summary>
    public void Renew(KnownDirectory renewal, ListingChunk? whole)
    {
        lock (gate)
        {
            if (!table.TryGetValue(renewal.Ino, out KnownDirectory? before) || before.Renewal != renewal)
            {
                return;
            }

            before.Renewal = null;
            before.IsRenewedInVain = true;
            if (whole is not { EndsDirectory: true } || (renewal.Version is { } version && version != whole.Version))
            {
                return;
            }

            Remove(before);
            table.Add(renewal.Ino, renewal);
            byAge.Enqueue(renewal);
            Add(renewal, whole, after: 0);
        }
    }

    /// <summary>The next part of a directory's listing has come; null: it has not.</summary>
    public void Add(KnownDirectory directory, ListingChunk? part, ulong after)
    {
        lock (gate)
        {
            ulong end = directory.Parts.Count == 0 ? 0 : directory.Parts[^1].LastCookie;
            bool isOther = part is not null && directory.Version is { } version && version != part.Version;
            if (isOther)
            {
                Remove(directory);
            }
            else if (part is not null && !directory.IsGone && !directory.IsComplete && end == after)
            {
                directory.Version = part.Version;
                part.BuildIndex();
                directory.Parts.Add(part.Share());
                directory.IsComplete = part.EndsDirectory;
                bytes += part.Weight;
                for (int position = 0, start = 0; part.TryReadAt(ref position, out ListedEntry entry); start = position)
                {
                    if (entry.IsReference)
                    {
                        places[entry.Attributes.Ino] = new KnownPlace(directory, part, start, position);
                    }
                }

                Evict(long.MinValue);
            }
        }

        directory.SetLoaded();
    }

    /// <summary>A listing has come that nobody had begun to ask for, with a directory that was looked up. It counts where it is whole, and nothing else is known of the directory.</summary>
    public void AddFound(ulong ino, ListingChunk whole, long oldest)
    {
        lock (gate)
        {
            // A change of a name that is marked later than this finds the directory here.
            if (whole.EndsDirectory && clock.IsUnchanged(ino, whole.Asked) && TryBegin(ino, whole.Asked, oldest) is { } directory)
            {
                Add(directory, whole, after: 0);
            }
        }
    }

    /// <summary>What is known, or about to be, of a directory, where it is not too old.</summary>
    public KnownDirectory? Of(ulong ino, long oldest)
    {
        lock (gate)
        {
            return table.TryGetValue(ino, out KnownDirectory? known) && known.Asked.Tick >= oldest ? known : null;
        }
    }

    /// <summary>What is known of a name. An inode that is found is held for the door, as if the exporter had told of it.</summary>
    public LookupAnswer Find(ulong ino, ReadOnlySpan<byte> name, long oldest, out InodeAttributes attributes)
    {
        attributes = default;
        lock (gate)
        {
            bool isUp = name.SequenceEqual("."u8) || name.SequenceEqual(".."u8);
            if (isUp || !table.TryGetValue(ino, out KnownDirectory? directory) || directory.Asked.Tick < oldest)
            {
                return LookupAnswer.Unknown;
            }

            if (directory.IsTouched(name, out TouchedName last))
            {
                return last.Ino != 0 && Attributes.TryFind(last.Ino, oldest, out attributes) ? Held(last.Ino) : LookupAnswer.Unknown;
            }

            foreach (ListingChunk part in directory.Parts)
            {
                if (part.TryFind(name, out ListedEntry entry))
                {
                    ulong listed = entry.Attributes.Ino;
                    bool isKnown = entry.IsReference && (TryFindNewer(listed, part.Asked, oldest, out attributes) || IsCurrent(attributes = entry.Attributes, part.Asked));
                    return isKnown ? Held(listed) : LookupAnswer.Unknown;
                }
            }

            return directory.IsComplete ? LookupAnswer.Absent : LookupAnswer.Unknown;
        }
    }

    /// <summary>Which inode a name is of, as far as it is known; 0: it is not.</summary>
    public ulong InoOf(ulong ino, ReadOnlySpan<byte> name, long oldest)
    {
        lock (gate)
        {
            if (!table.TryGetValue(ino, out KnownDirectory? directory) || directory.Asked.Tick < oldest)
            {
                return 0;
            }

            if (directory.IsTouched(name, out TouchedName last))
            {
                return last.Ino;
            }

            foreach (ListingChunk part in directory.Parts)
            {
                if (part.TryFind(name, out ListedEntry entry))
                {
                    return entry.IsReference ? entry.Attributes.Ino : 0;
                }
            }

            return 0;
        }
    }

    /// <summary>Nothing that this end did has changed the attributes since they were asked for.</summary>
    public bool IsCurrent(in InodeAttributes attributes, Moment asked) =>
        clock.IsUnchanged(attributes.Ino, asked, hasOtherNames: attributes.LinkCount > 1 && !ModeBits.IsDirectory(attributes.Mode));

    /// <summary>Attributes that were told by themselves, and not before a listing was asked for.</summary>
    public bool TryFindNewer(ulong ino, Moment listed, long oldest, out InodeAttributes attributes) =>
        Attributes.TryFind(ino, oldest, out attributes, out Moment asked) && (asked.Change > listed.Change || (asked.Change == listed.Change && asked.Tick >= listed.Tick));

    /// <summary>The part of a directory's listing that comes after a cookie, shared; null: it is not known, or its names have changed.</summary>
    public ListingChunk? TryShare(ulong ino, ulong cookie, long oldest)
    {
        lock (gate)
        {
            if (!table.TryGetValue(ino, out KnownDirectory? directory) || directory.Asked.Tick < oldest || directory.Touched > 0)
            {
                return null;
            }

            ulong after = 0;
            foreach (ListingChunk part in directory.Parts)
            {
                if (after == cookie)
                {
                    return part.Share();
                }

                after = part.LastCookie;
            }

            return null;
        }
    }

    /// <summary>This end changes a name in a directory, or has: to be said at the beginning and at the end.</summary>
    /// <returns>The moment of it.</returns>
    public Moment Touch(ulong ino, ReadOnlySpan<byte> name)
    {
        Moment moment = clock.Mark(ino);
        TouchName(ino, name, moment.Change);
        return moment;
    }

    /// <summary>A change of a name that began then is done.</summary>
    /// <param name="told">What the exporter told of the directory after it; of inode 0: nothing.</param>
    /// <param name="made">The inode that has the name now; 0: that is not known.</param>
    public void EndTouch(in DirectoryEntry name, Moment begun, in InodeAttributes told, ulong made = 0)
    {
        bool isOnly = clock.TryEnd(name.Parent, begun, out Moment done);
        TouchName(name.Parent, name.Name.Span, begun.Change, made);
        if (isOnly && told.Ino == name.Parent)
        {
            Attributes.Keep(told, done);
        }
    }

    public void TouchName(ulong ino, ReadOnlySpan<byte> name, long change = 0, ulong made = 0)
    {
        lock (gate)
        {
            if (!table.TryGetValue(ino, out KnownDirectory? directory))
            {
                return;
            }

            directory.TouchOrSettle(name, change, made);
            directory.Renewal?.TouchOrSettle(name, change, made);
            if (directory.Touched > MaxTouched)
            {
                Remove(directory);
            }
        }
    }

    /// <summary>The exporter told of an inode by itself: a listing that says otherwise is older.</summary>
    public void Heard(in InodeAttributes attributes)
    {
        lock (gate)
        {
            bool isListed = places.TryGetValue(attributes.Ino, out KnownPlace place) && IsCurrent(place.Attributes, place.Part.Asked);
            if (isListed && FileVersion.Of(place.Attributes) != FileVersion.Of(attributes))
            {
                clock.Mark(attributes.Ino);
            }
        }
    }

    /// <summary>The door is told of a directory's attributes, whoever said them: a listing of another version goes. The kernel would keep the older listing under the newer times,
    /// for good.</summary>
    public void Told(in InodeAttributes attributes)
    {
        lock (gate)
        {
            if (!table.TryGetValue(attributes.Ino, out KnownDirectory? directory))
            {
                return;
            }

            FileVersion version = FileVersion.Of(attributes);
            if (directory.Renewal is { Touched: 0 } renewal)
            {
                renewal.Version = version;
            }

            if (!directory.Loaded.IsCompleted)
            {
                directory.Version = version;
            }
            else if (directory.Version != version && directory.Version is not null && directory.Touched == 0)
            {
                Remove(directory);
            }
        }
    }

    /// <summary>The exporter does not know a directory as it was known here.</summary>
    public void Drop(ulong ino)
    {
        lock (gate)
        {
            if (table.TryGetValue(ino, out KnownDirectory? directory))
            {
                Remove(directory);
            }
        }
    }

    /// <summary>Forgets everything.</summary>
    public void Clear()
    {
        lock (gate)
        {
            Evict(long.MaxValue);
        }
    }

    /// <summary>A program has begun to list a directory. When it did so with the directory above before, it walks: gives the directories that it will come to next.</summary>
    public int TakeAhead(ulong ino, Span<ulong> ahead)
    {
        lock (gate)
        {
            if (!table.TryGetValue(ino, out KnownDirectory? directory))
            {
                return 0;
            }

            directory.WasRead = true;
            if (!places.TryGetValue(ino, out KnownPlace place) || !place.Directory.WasRead)
            {
                return 0;
            }

            int count = 0;
            if (directory.Parts.Count > 0)
            {
                TakeDirectories(directory.Parts[0], 0, ahead[..(ahead.Length / 2)], ref count);
            }

            TakeDirectories(place.Part, place.Next, ahead, ref count);
            return count;
        }
    }

    /// <summary>A program opens a file to read it. When it did so with others of the directory before, gives those that come next.</summary>
    /// <param name="ino">The file.</param>
    /// <param name="isWalking">It has done so lately in other directories: one that it has listed it will go through.</param>
    /// <param name="most">Bytes that such a file may have.</param>
    /// <param name="ahead">Inodes and their sizes.</param>
    public int TakeFilesAhead(ulong ino, bool isWalking, int most, Span<(ulong Ino, int Size)> ahead)
    {
        lock (gate)
        {
            if (!places.TryGetValue(ino, out KnownPlace place))
            {
                return 0;
            }

            place.Directory.Opens += place.Directory.LastOpened == ino ? 0 : 1;
            place.Directory.LastOpened = ino;
            if (place.Directory.Opens < 2 && !(isWalking && place.Directory.WasRead))
            {
                return 0;
            }

            int count = 0;
            for (int position = place.Next, seen = 0; seen < ahead.Length && place.Part.TryReadAt(ref position, out ListedEntry entry);)
            {
                if (entry.IsReference && ModeBits.IsRegular(entry.Attributes.Mode) && entry.Attributes.Size <= (ulong)most)
                {
                    seen++;
                    ahead[count++] = (entry.Attributes.Ino, (int)entry.Attributes.Size);
                }
            }

            return count;
        }
    }

    /// <summary>Forgets what is too old.</summary>
    public void Sweep(long oldest)
    {
        lock (gate)
        {
            Evict(oldest);
        }
    }

    private static void TakeDirectories(ListingChunk part, int position, Span<ulong> ahead, ref int count)
    {
        while (count < ahead.Length && part.TryReadAt(ref position, out ListedEntry entry))
        {
            if (entry.IsReference && ModeBits.IsDirectory(entry.Attributes.Mode))
            {
                ahead[count++] = entry.Attributes.Ino;
            }
        }
    }

    private LookupAnswer Held(ulong ino)
    {
        inodes.Hold(ino);
        return LookupAnswer.Present;
    }

    private void Evict(long oldest)
    {
        while (byAge.TryPeek(out KnownDirectory? first) && (first.IsGone || first.Asked.Tick < oldest || byAge.Count > MaxDirectories || bytes > MaxBytes))
        {
            byAge.Dequeue();
            Remove(first);
        }
    }

    private void Remove(KnownDirectory directory)
    {
        if (directory.IsGone)
        {
            return;
        }

        directory.IsGone = true;
        table.Remove(directory.Ino);
        foreach (ListingChunk part in directory.Parts)
        {
            bytes -= part.Weight;
            for (int position = 0; part.TryReadAt(ref position, out ListedEntry entry);)
            {
                if (places.TryGetValue(entry.Attributes.Ino, out KnownPlace place) && place.Directory == directory)
                {
                    places.Remove(entry.Attributes.Ino);
                }
            }

            part.Drop();
        }

        directory.Parts.Clear();
    }
}
