using System.Text;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Copying;

/// <summary>A name in the tree that is copied, with what its source said of it.</summary>
internal sealed class TreeEntry(TreeEntry? parent, byte[] name, InodeAttributes source)
{
    public TreeEntry? Parent { get; } = parent;

    /// <summary>Empty for the root.</summary>
    public byte[] Name { get; } = name;

    public InodeAttributes Source { get; } = source;

    /// <summary>Its inode in the target; 0: not known yet.</summary>
    public ulong Target { get; set; }

    /// <summary>Directories above it.</summary>
    public int Depth { get; } = parent is null ? 0 : parent.Depth + 1;

    /// <summary>The number that all links of an inode have in common, also from one run to the next.</summary>
    public ulong Identity => Source.ShownIno != 0 ? Source.ShownIno : Source.Ino;

    /// <summary>Other names may lead to the same inode.</summary>
    public bool IsLinked => !ModeBits.IsDirectory(Source.Mode) && Source.LinkCount > 1;

    /// <summary>From the root, for people: "." for the root itself; what a terminal should not be sent is shown as \xNN.</summary>
    public string Path
    {
        get
        {
            if (Parent is null)
            {
                return ".";
            }

            var names = new List<string>();
            for (TreeEntry? entry = this; entry?.Parent is not null; entry = entry.Parent)
            {
                names.Add(Shown(entry.Name));
            }

            names.Reverse();
            return string.Join('/', names);
        }
    }

    /// <summary>A name as text; bytes that are not UTF-8 and control characters as \xNN.</summary>
    public static string Shown(ReadOnlySpan<byte> name)
    {
        var shown = new StringBuilder(name.Length);
        while (!name.IsEmpty)
        {
            bool isText = Rune.DecodeFromUtf8(name, out Rune rune, out int length) == System.Buffers.OperationStatus.Done && !Rune.IsControl(rune);
            if (isText)
            {
                shown.Append(rune.ToString());
            }
            else
            {
                foreach (byte part in name[..length])
                {
                    shown.Append(System.Globalization.CultureInfo.InvariantCulture, $"\\x{part:x2}");
                }
            }

            name = name[length..];
        }

        return shown.ToString();
    }
}
