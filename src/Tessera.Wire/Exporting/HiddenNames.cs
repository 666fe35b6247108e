using System.IO.Enumeration;
using System.Text;
using Tessera.Core.FileSystem;

namespace Tessera.Wire.Exporting;

/// <summary>Names that an importer does not get to see: those that a pattern excludes and none includes, with all that is beneath them.</summary>
/// <remarks>A pattern is a name in which <c>*</c> stands for any bytes and <c>?</c> for one character, wherever it is found; with <c>/</c> before it, in the exported directory itself alone. It says of names, not of files: what
/// has another name, too, is reached by that.</remarks>
public sealed class HiddenNames
{
    private readonly Pattern[] excluded;
    private readonly Pattern[] included;

    /// <exception cref="FormatException">A pattern is none; the message says which and why.</exception>
    public HiddenNames(IEnumerable<string> excluded, IEnumerable<string> included)
    {
        this.excluded = [.. excluded.Select(Pattern.Parse)];
        this.included = [.. included.Select(Pattern.Parse)];
    }

    /// <summary>Whether a name is hidden in a directory that is not.</summary>
    public bool Hides(ulong directory, ReadOnlySpan<byte> name) => Hides(directory == FsLimits.RootInode, name);

    /// <summary>What an importer may hear of a change; null: nothing.</summary>
    internal FileChange? Seen(FileChange change)
    {
        bool isRename = change.Kinds.HasFlag(ChangeKinds.Renamed);
        bool fromHidden = Hides(change.Name);
        if (!isRename || (fromHidden && Hides(change.NewName)))
        {
            return fromHidden ? null : change;
        }

        // What is moved out of sight is gone, and what comes into sight is new.
        return fromHidden ? new FileChange(ChangeKinds.Created, change.IsDirectory, change.NewName)
            : Hides(change.NewName) ? new FileChange(ChangeKinds.Deleted, change.IsDirectory, change.Name) { Ino = change.Ino }
            : change;
    }

    private bool Hides(in ChangedName name)
    {
        bool isTop = true;
        foreach (Range part in name.Path.AsSpan().Split((byte)'/'))
        {
            if (Hides(isTop, name.Path.AsSpan()[part]))
            {
                return true;
            }

            isTop = false;
        }

        return false;
    }

    private bool Hides(bool isTop, ReadOnlySpan<byte> name)
    {
        if (excluded.Length == 0 || name.IsEmpty || name.SequenceEqual("."u8) || name.SequenceEqual(".."u8))
        {
            return false;
        }

        Span<char> text = stackalloc char[FsLimits.MaxName];
        text = text[..Encoding.UTF8.GetChars(name[..Math.Min(name.Length, FsLimits.MaxName)], text)];
        return IsAny(excluded, isTop, text) && !IsAny(included, isTop, text);
    }

    private static bool IsAny(Pattern[] patterns, bool isTop, ReadOnlySpan<char> name)
    {
        foreach (Pattern pattern in patterns)
        {
            if ((isTop || !pattern.IsTop) && FileSystemName.MatchesSimpleExpression(pattern.Name, name, ignoreCase: false))
            {
                return true;
            }
        }

        return false;
    }

    private sealed record Pattern(string Name, bool IsTop)
    {
        public static Pattern Parse(string text)
        {
            bool isTop = text.StartsWith('/');
            string name = (isTop ? text[1..] : text).TrimEnd('/');
            return name.Length == 0 || name.Contains('/', StringComparison.Ordinal) || name.Length > FsLimits.MaxName
                ? throw new FormatException($"'{text}' is no pattern: it is a name, with * and ? in it, and with / before it where it counts in the shared directory itself alone.")
                : new Pattern(name, isTop);
        }
    }
}
