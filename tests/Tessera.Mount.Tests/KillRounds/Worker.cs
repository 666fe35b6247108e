using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.KillRounds;

/// <summary>One program at work in a directory of its own. It knows what was acknowledged, and the one thing that was under way when the daemon was killed.</summary>
internal sealed class Worker
{
    private const int MostFiles = 60;
    private const int LargestFile = 300_000;
    private const int LargestAppend = 20_000;

    private readonly string _directory;
    private readonly Random _random;
    private readonly Dictionary<string, Contents> _files = new(StringComparer.Ordinal);
    private readonly HashSet<string> _directories = new(StringComparer.Ordinal);
    private readonly Journal _journal;
    private Pending? _pending;
    private int _next;

    public Worker(string mount, int number, int seed)
    {
        _directory = Path.Combine(mount, $"worker{number}");
        _random = new Random(seed + number);
        _journal = new Journal(Path.Combine(_directory, "journal"), seed - number);
    }

    /// <summary>Operations that were acknowledged.</summary>
    public int Acknowledged { get; private set; }

    public void Prepare() => Syscall.MakeDirectory(_directory);

    /// <summary>Works until the mount dies. Each acknowledged operation is told.</summary>
    public void Run(Action acknowledged)
    {
        try
        {
            _journal.Open();
            while (true)
            {
                Step();
                _pending = null;
                Acknowledged++;
                acknowledged();
            }
        }
        catch (SyscallException fault) when (fault.IsDeadMount)
        {
            _journal.Drop();
        }
    }

    /// <summary>Compares what is there with what was acknowledged; what was under way may be done or not, and is taken as it is found.</summary>
    public void Verify()
    {
        Settle();
        var listed = Directory.EnumerateFiles(_directory).Select(Path.GetFileName).Where(name => name != Journal.Name).Order(StringComparer.Ordinal);
        listed.ShouldBe(_files.Keys.Order(StringComparer.Ordinal), $"files in {_directory}");
        Directory.EnumerateDirectories(_directory).Select(Path.GetFileName).Order(StringComparer.Ordinal)
            .ShouldBe(_directories.Order(StringComparer.Ordinal), $"directories in {_directory}");
        foreach ((string name, Contents expected) in _files)
        {
            File.ReadAllBytes(At(name)).AsSpan().SequenceEqual(expected.Bytes).ShouldBeTrue($"{At(name)}: a file that was closed has other bytes now");
        }

        _journal.Verify();
    }

    private void Step()
    {
        int dice = _random.Next(100);
        if (_files.Count < 3 || (dice < 45 && _files.Count < MostFiles))
        {
            WriteFile($"file{_next++}");
        }
        else if (dice < 50)
        {
            WriteFile(Any(_files.Keys));
        }
        else if (dice < 55)
        {
            Replace(Any(_files.Keys));
        }
        else if (dice < 70)
        {
            Rename(Any(_files.Keys), dice < 63 ? $"renamed{_next++}" : Any(_files.Keys));
        }
        else if (dice < 78)
        {
            Unlink(Any(_files.Keys));
        }
        else if (dice < 86)
        {
            Edit(Any(_files.Keys), _random.Next(3));
        }
        else if (dice < 88)
        {
            Copy(Any(_files.Keys), $"copy{_next++}");
        }
        else if (dice < 91 || _directories.Count == 0)
        {
            MakeDirectory($"directory{_next++}");
        }
        else if (dice < 94)
        {
            RemoveDirectory(Any(_directories));
        }
        else
        {
            _journal.Append(_random.Next(1, LargestAppend), sync: dice < 98);
        }
    }

    private void WriteFile(string name)
    {
        Contents contents = NewContents();
        _pending = new Pending(name, Other: null, Before: _files.GetValueOrDefault(name), After: contents);
        Syscall.WriteFile(At(name), contents.Bytes);
        _files[name] = contents;
    }

    private Contents NewContents() => Contents.Random(_random.Next(), _random.Next(10) == 0 ? _random.Next(LargestFile) : _random.Next(9_000));

    /// <summary>As editors save: a new file, made durable, takes the place of the old one.</summary>
    private void Replace(string name)
    {
        string fresh = $"fresh{_next++}";
        Contents contents = NewContents();
        _pending = new Pending(fresh, Other: null, Before: null, After: contents);
        int file = Syscall.OpenFile(At(fresh), Syscall.WriteOnly | Syscall.Create | Syscall.Truncate);
        WriteAndClose(file, () =>
        {
            Syscall.WriteAll(file, contents.Bytes);
            Syscall.SyncFile(file);
        });
        _files[fresh] = contents;
        Rename(fresh, name);
    }

    /// <summary>Changes a part of a file in place: afterwards it is what it was, or what it was to become.</summary>
    private void Edit(string name, int how)
    {
        Contents before = _files[name];
        int offset = _random.Next(before.Length + 1);
        int length = _random.Next(1, 9_000);
        Contents bytes = Contents.Random(_random.Next(), length);
        Contents after = how switch
        {
            0 => before.Overwritten(offset, bytes.Bytes),
            1 => before.Resized(_random.Next(2 * (before.Length + 1))),
            _ => before.Overwritten(offset, new byte[Math.Min(length, before.Length - offset)]),
        };
        _pending = new Pending(name, Other: null, before, after) { IsWhole = true };
        int file = Syscall.OpenFile(At(name), Syscall.WriteOnly);
        WriteAndClose(file, () =>
        {
            switch (how)
            {
                case 0:
                    Syscall.WriteAt(file, bytes.Bytes, offset);
                    break;
                case 1:
                    Syscall.Resize(file, after.Length);
                    break;
                default:
                    Syscall.Punch(file, offset, length);
                    break;
            }
        });
        _files[name] = after;
    }

    private void Copy(string from, string to)
    {
        Contents source = _files[from];
        int offset = _random.Next(source.Length + 1);
        Contents copied = source.From(offset);
        _pending = new Pending(to, Other: null, Before: null, After: copied);
        int file = Syscall.OpenFile(At(from), Syscall.ReadOnly);
        WriteAndClose(file, () =>
        {
            int target = Syscall.OpenFile(At(to), Syscall.WriteOnly | Syscall.Create | Syscall.Truncate);
            WriteAndClose(target, () => Syscall.CopyAll(file, offset, target));
        });
        _files[to] = copied;
    }

    private static void WriteAndClose(int file, Action write)
    {
        try
        {
            write();
        }
        catch
        {
            Syscall.DropFile(file);
            throw;
        }

        Syscall.CloseFile(file);
    }

    private void Rename(string from, string to)
    {
        if (from == to)
        {
            return;
        }

        _pending = new Pending(from, to, _files[from], After: null);
        Syscall.Rename(At(from), At(to));
        _files.Remove(from, out Contents? moved);
        _files[to] = moved!;
    }

    private void Unlink(string name)
    {
        _pending = new Pending(name, Other: null, _files[name], After: null);
        Syscall.Unlink(At(name));
        _files.Remove(name);
    }

    private void MakeDirectory(string name)
    {
        _pending = new Pending(name, Other: null, Before: null, After: null);
        Syscall.MakeDirectory(At(name));
        _directories.Add(name);
    }

    private void RemoveDirectory(string name)
    {
        _pending = new Pending(name, Other: null, Before: null, After: null);
        Syscall.RemoveDirectory(At(name));
        _directories.Remove(name);
    }

    /// <summary>Finds out how far the operation came that nobody acknowledged, refusing states that it cannot lead to.</summary>
    private void Settle()
    {
        if (_pending is not { } pending)
        {
            return;
        }

        _pending = null;
        switch (pending)
        {
            case { IsWhole: true, Before: { } before, After: { } after }:
                byte[] edited = File.ReadAllBytes(At(pending.Name));
                bool isDone = edited.AsSpan().SequenceEqual(after.Bytes);
                (isDone || edited.AsSpan().SequenceEqual(before.Bytes)).ShouldBeTrue($"{At(pending.Name)}: neither what it was nor what it was to become");
                _files[pending.Name] = isDone ? after : before;
                break;
            case { After: { } written }:
                SettleWrite(pending.Name, pending.Before, written);
                break;
            case { Other: { } target, Before: { } moved } when !File.Exists(At(pending.Name)):
                _files.Remove(pending.Name);
                _files[target] = moved;
                break;
            case { Other: null, Before: not null } when !File.Exists(At(pending.Name)):
                _files.Remove(pending.Name);
                break;
            case { Before: null } when Directory.Exists(At(pending.Name)):
                _directories.Add(pending.Name);
                break;
            case { Before: null }:
                _directories.Remove(pending.Name);
                break;
        }
    }

    /// <summary>Not begun: as before. Begun: a beginning of the new contents, and nothing else.</summary>
    private void SettleWrite(string name, Contents? before, Contents written)
    {
        if (!File.Exists(At(name)))
        {
            before.ShouldBeNull($"{At(name)} was there and was only being rewritten");
            return;
        }

        byte[] found = File.ReadAllBytes(At(name));
        bool isBeginning = written.Bytes.StartsWith(found);
        bool isOld = before is { } old && old.Bytes.SequenceEqual(found);
        (isBeginning || isOld).ShouldBeTrue($"{At(name)}: neither what it was nor a beginning of what was being written");
        _files[name] = written;
        if (found.Length != written.Length)
        {
            Syscall.WriteFile(At(name), written.Bytes); // So that the model says all there is to say.
        }
    }

    private string At(string name) => Path.Combine(_directory, name);

    private string Any(IEnumerable<string> names)
    {
        string[] all = [.. names.Order(StringComparer.Ordinal)];
        return all[_random.Next(all.Length)];
    }

    /// <param name="Name">What it works on.</param>
    /// <param name="Other">The new name of a rename.</param>
    /// <param name="Before">What the file held; null for a new one, and for directories.</param>
    /// <param name="After">What is being written; null for other operations.</param>
    private sealed record Pending(string Name, string? Other, Contents? Before, Contents? After)
    {
        /// <summary>It is one change: nothing in between can be found.</summary>
        public bool IsWhole { get; init; }
    }
}
