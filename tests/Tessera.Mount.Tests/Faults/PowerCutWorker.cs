using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Faults;

/// <summary>A program that makes, changes, renames and removes files at random, and syncs now and then, until its disk is gone.</summary>
internal sealed class PowerCutWorker(string directory, int seed)
{
    private const int MostContent = 60_000;
    private const int MostOperations = 3_000;
    private readonly Random random = new(seed);
    private int next;

    public PowerCutHistory History { get; } = new();

    private SortedDictionary<string, PowerCutHistory.Body?> Names => History.Names;

    public void Run()
    {
        try
        {
            for (int i = 0; i < MostOperations; i++)
            {
                Step();
            }
        }
        catch (SyscallException fault) when (fault.Errno is SyscallException.IoError or SyscallException.ReadOnlyFileSystem)
        {
            // The disk is gone.
        }
    }

    private void Step()
    {
        string? file = Any(isFile: true);
        switch (random.Next(12))
        {
            case 0 when file is not null:
                Overwrite(file);
                break;
            case 1 when file is not null:
                Resize(file);
                break;
            case 2 when file is not null:
                Rename(file, random.Next(2) == 0 ? Any(isFile: true)! : NewName());
                break;
            case 3 when file is not null:
                string link = NewName();
                Change($"link {file} {link}", [PowerCutHistory.Directory, Names[file]!], () => Names[link] = Names[file], () => Syscall.MakeLink(At(file), At(link)));
                break;
            case 4 when file is not null:
                Change($"unlink {file}", [PowerCutHistory.Directory], () => Names.Remove(file), () => Syscall.Unlink(At(file)));
                break;
            case 5 when file is not null:
                Punch(file);
                break;
            case 6 when file is not null:
                Copy(file);
                break;
            case 7 when file is not null:
                Replace(file);
                break;
            case 8:
                string made = NewName();
                Change($"mkdir {made}", [PowerCutHistory.Directory], () => Names[made] = null, () => Syscall.MakeDirectory(At(made)));
                break;
            case 9 when Any(isFile: false) is { } removed:
                Change($"rmdir {removed}", [PowerCutHistory.Directory], () => Names.Remove(removed), () => Syscall.RemoveDirectory(At(removed)));
                break;
            case 10:
                SyncDirectory();
                break;
            default:
                Make(NewName(), random.Next(3) == 0);
                break;
        }
    }

    private void Make(string name, bool isSynced)
    {
        var body = new PowerCutHistory.Body();
        Names[name] = body;
        History.Next($"create {name}", PowerCutHistory.Directory, body);
        With(name, Syscall.WriteOnly | Syscall.Create, file =>
        {
            body.Content = Bytes();
            History.Next($"write {name}", body);
            Syscall.WriteAll(file, body.Content);
            if (isSynced)
            {
                Sync(file, body);
            }
        });
    }

    private void Overwrite(string name)
    {
        PowerCutHistory.Body body = Names[name]!;
        byte[] bytes = Bytes();
        int offset = random.Next(body.Content.Length + 1);
        byte[] content = new byte[Math.Max(body.Content.Length, offset + bytes.Length)];
        body.Content.CopyTo(content, 0);
        bytes.CopyTo(content, offset);
        bool isSynced = random.Next(2) == 0;
        With(name, Syscall.WriteOnly, file =>
        {
            body.Content = content;
            History.Next($"overwrite {name} from {offset} to {offset + bytes.Length}", body);
            Syscall.WriteAt(file, bytes, offset);
            if (isSynced)
            {
                Sync(file, body);
            }
        });
    }

    private void Resize(string name)
    {
        PowerCutHistory.Body body = Names[name]!;
        byte[] content = body.Content;
        Array.Resize(ref content, random.Next(MostContent));
        With(name, Syscall.WriteOnly, file => Change($"truncate {name} to {content.Length}", [body], () => body.Content = content, () => Syscall.Resize(file, content.Length)));
    }

    private void Punch(string name)
    {
        PowerCutHistory.Body body = Names[name]!;
        if (body.Content.Length == 0)
        {
            return;
        }

        int offset = random.Next(body.Content.Length);
        int length = random.Next(1, body.Content.Length - offset + 1);
        byte[] content = [.. body.Content];
        content.AsSpan(offset, length).Clear();
        With(name, Syscall.WriteOnly, file => Change($"punch {name} from {offset} to {offset + length}", [body], () => body.Content = content, () => Syscall.Punch(file, offset, length)));
    }

    private void Copy(string name)
    {
        string copy = NewName();
        var body = new PowerCutHistory.Body();
        Names[copy] = body;
        History.Next($"create {copy}", PowerCutHistory.Directory, body);
        With(name, Syscall.ReadOnly, from =>
            With(copy, Syscall.WriteOnly | Syscall.Create, to => Change($"copy {name} to {copy}", [body], () => body.Content = Names[name]!.Content, () => Syscall.CopyAll(from, 0, to))));
    }

    /// <summary>As editors save: what is under the name is the old or the new, whole.</summary>
    private void Replace(string name)
    {
        string written = NewName();
        Make(written, isSynced: true);
        Rename(written, name);
        SyncDirectory();
    }

    /// <summary>Of two names of one file neither goes away (rename(2)).</summary>
    private void Rename(string from, string to)
    {
        if (!ReferenceEquals(Names[from], Names.GetValueOrDefault(to)))
        {
            Change(
                $"rename {from} {to}",
                [PowerCutHistory.Directory],
                () =>
                {
                    Names[to] = Names[from];
                    Names.Remove(from);
                },
                () => Syscall.Rename(At(from), At(to)));
        }
    }

    private void SyncDirectory()
    {
        int file = Syscall.OpenFile(directory, Syscall.ReadOnly | Syscall.Directory);
        try
        {
            Sync(file, PowerCutHistory.Directory);
        }
        finally
        {
            Syscall.DropFile(file);
        }
    }

    private void Sync(int file, object of)
    {
        Syscall.SyncFile(file);
        History.MakeDurable(of);
    }

    private void Change(string what, object[] of, Action change, Action call)
    {
        change();
        History.Next(what, of);
        call();
    }

    private void With(string name, int flags, Action<int> work)
    {
        int file = Syscall.OpenFile(At(name), flags);
        try
        {
            work(file);
        }
        catch
        {
            Syscall.DropFile(file);
            throw;
        }

        Syscall.CloseFile(file);
    }

    private byte[] Bytes()
    {
        byte[] bytes = new byte[random.Next(1, MostContent)];
        random.NextBytes(bytes);
        return bytes;
    }

    private string NewName() => $"{next++:D5}";

    private string? Any(bool isFile)
    {
        string[] names = [.. Names.Where(name => name.Value is not null == isFile).Select(name => name.Key)];
        return names.Length == 0 ? null : names[random.Next(names.Length)];
    }

    private string At(string name) => Path.Combine(directory, name);
}
