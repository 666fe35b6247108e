using System.Runtime.InteropServices;
using System.Text;
using Tessera.Host.Native;

namespace Tessera.Host.Mounting;

/// <summary>Paths as the kernel names them in its mount table, found without touching a mount that no longer answers.</summary>
internal static class MountPath
{
    /// <summary>The absolute path with symbolic links resolved; the last component may be missing, or a mount whose daemon died.</summary>
    public static string Canonical(string path)
    {
        if (DirectorySource.Is(path))
        {
            return DirectorySource.Canonical(path);
        }

        if (RemoteSource.Is(path))
        {
            return path;
        }

        string full = Path.GetFullPath(path);
        if (Resolve(full) is { } resolved)
        {
            return resolved;
        }

        string? parent = Path.GetDirectoryName(full.TrimEnd('/'));
        return parent is { Length: > 0 } && Resolve(parent) is { } resolvedParent
            ? Path.Combine(resolvedParent, Path.GetFileName(full.TrimEnd('/')))
            : full;
    }

    /// <summary>The errno with which the kernel refuses to reach a path; 0 when it can be reached.</summary>
    public static int Probe(string path) => Libc.Access(path, 0) == 0 ? 0 : Marshal.GetLastPInvokeError();

    private static unsafe string? Resolve(string path)
    {
        byte* buffer = stackalloc byte[Libc.PATH_MAX];
        return Libc.ResolvePath(path, buffer) == null
            ? null
            : Encoding.UTF8.GetString(MemoryMarshal.CreateReadOnlySpanFromNullTerminated(buffer));
    }
}
