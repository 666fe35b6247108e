using System.Text;

namespace Tessera.Differential;

/// <summary>Which times a call marks: those of the files it touches, looked at before and after it.</summary>
/// <param name="before">The files before the call.</param>
internal sealed class TimeMarks(IReadOnlyList<FileStatus> before)
{
    /// <summary>Waits for the next tick of the clock when a mark of now would be the one that a file has: only the next shows.</summary>
    public void AwaitTick()
    {
        FileTime now = Clock.Read(Clock.RealTime);
        FileTime latest = before.SelectMany(file => new[] { file.Modified, file.Changed }).Where(time => time.CompareTo(now) <= 0).DefaultIfEmpty().Max();
        while (Clock.Read(Clock.Coarse).CompareTo(latest) <= 0)
        {
            Thread.SpinWait(100);
        }
    }

    /// <summary>For each file m, c, both or -, for a changed modification or status time; "new" for what was not there before, "fifo" for pipes, which no
    /// kernel marks on FUSE.</summary>
    public string Compare(IReadOnlyList<FileStatus> after)
    {
        var text = new StringBuilder();
        foreach (FileStatus file in after)
        {
            _ = text.Append(' ').Append(Mark(file));
        }

        return text.ToString();
    }

    private string Mark(FileStatus after)
    {
        if (after.Errno != 0)
        {
            return "none";
        }

        if (after.Type == FileStatus.Fifo)
        {
            return "fifo";
        }

        foreach (FileStatus file in before)
        {
            if (file.Errno == 0 && file.Inode == after.Inode)
            {
                string modified = file.Modified == after.Modified ? string.Empty : "m";
                string changed = file.Changed == after.Changed ? string.Empty : "c";
                return modified.Length + changed.Length == 0 ? "-" : modified + changed;
            }
        }

        return "new";
    }
}
