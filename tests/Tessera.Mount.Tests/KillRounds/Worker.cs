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
            File.ReadAllBytes(At(name)).AsSpan().SequenceEqual(expected.Bytes()).ShouldBeTrue($"{At(name)}: a file that was closed has other bytes now");
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
        else if (dice < 55)
        {
            WriteFile(Any(_files.Keys));
        }
        else if (dice < 70)
        {
            Rename(Any(_files.Keys), dice < 63 ? $"renamed{_next++}" : Any(_files.Keys));
        }
        else if (dice < 80)
        {
            Unlink(Any(_files.Keys));
        }
        else if (dice < 87 || _directories.Count == 0)
        {
            MakeDirectory($"directory{_next++}");
        }
        else if (dice < 92)
        {
            RemoveDirectory(Any(_directories));
        }
        else
        {
            _journal.Append(_random.Next(1, LargestAppend), sync: dice < 97);
        }
    }

    private void WriteFile(string name)
    {
        var contents = new Contents(_random.Next(), _random.Next(10) == 0 ? _random.Next(LargestFile) : _random.Next(9_000));
        _pending = new Pending(name, Other: null, Before: _files.TryGetValue(name, out Contents before) ? before : null, After: contents);
        Syscall.WriteFile(At(name), contents.Bytes());
        _files[name] = contents;
    }

    private void Rename(string from, string to)
    {
        if (from == to)
        {
            return;
        }

        _pending = new Pending(from, to, _files[from], After: null);
        Syscall.Rename(At(from), At(to));
        _files.Remove(from, out Contents moved);
        _files[to] = moved;
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
        bool isBeginning = written.Bytes().AsSpan().StartsWith(found);
        bool isOld = before is { } old && old.Bytes().AsSpan().SequenceEqual(found);
        (isBeginning || isOld).ShouldBeTrue($"{At(name)}: neither what it was nor a beginning of what was being written");
        _files[name] = written;
        if (found.Length != written.Length)
        {
            Syscall.WriteFile(At(name), written.Bytes()); // So that the model says all there is to say.
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
    private sealed record Pending(string Name, string? Other, Contents? Before, Contents? After);
}
