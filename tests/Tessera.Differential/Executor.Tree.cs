using System.Globalization;

namespace Tessera.Differential;

/// <summary>All there is below the directory.</summary>
internal sealed unsafe partial class Executor
{
    /// <summary>Between files, on the one line of an answer.</summary>
    public const string BetweenFiles = " | ";

    private const int LargestAttribute = 4096;

    /// <summary>Each file by path: all of its attributes, which other path is the same file, and every byte.</summary>
    public string Tree()
    {
        var files = new List<string>();
        AddTree(string.Empty, new Dictionary<ulong, string>(), files);
        return string.Join(BetweenFiles, files);
    }

    private void AddTree(string path, Dictionary<ulong, string> seen, List<string> files)
    {
        string full = _root + path;
        FileStatus status = FileStatus.OfPath(full);
        if (!seen.TryAdd(status.Inode, path))
        {
            files.Add($"{path} is {seen[status.Inode]}");
            return;
        }

        string content = status.Type switch
        {
            FileStatus.Regular => Content(full),
            FileStatus.Symlink => ReadLink(full).Told,
            _ => string.Empty,
        };
        files.Add($"{path} {status} {content}{Attributes(full)}");
        if (status.Type == FileStatus.Directory)
        {
            foreach (string entry in List(full).Told.Split(' ', StringSplitOptions.RemoveEmptyEntries).Where(entry => entry[0] != '.'))
            {
                AddTree($"{path}/{entry[..entry.IndexOf(':', StringComparison.Ordinal)]}", seen, files);
            }
        }
    }

    private string Content(string path)
    {
        int file = RawCalls.Open(path, CloseOnExecution, 0);
        if (file < 0)
        {
            return Result(file).ToString();
        }

        ulong state = 0;
        long total = 0;
        nint read;
        while ((read = RawCalls.Read(file, _buffer, LargestTransfer)) > 0)
        {
            state = Fingerprint.Add(state, Buffer[..(int)read]);
            total += read;
        }

        Outcome end = Result(read, string.Create(CultureInfo.InvariantCulture, $"bytes {total} {Fingerprint.Text(state)}"));
        _ = RawCalls.Close(file);
        return end.ToString();
    }

    private string Attributes(string path) => string.Concat(ListXattrs(path).Told
        .Split(' ', StringSplitOptions.RemoveEmptyEntries)
        .Select(name => $" {name}={GetXattr(path, name, LargestAttribute)}"));
}
