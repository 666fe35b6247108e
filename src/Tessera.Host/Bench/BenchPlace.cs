using System.Runtime.InteropServices;
using System.Security.Cryptography;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Bench;

/// <summary>A directory of its own, made new and removed with everything in it: nothing that was there before is touched.</summary>
internal sealed class BenchPlace : IDisposable
{
    public const string Prefix = ".tessera-bench-";

    private const uint OwnerOnly = 0x1C0; // rwx------

    private BenchPlace(string path) => Path = path;

    public string Path { get; }

    /// <summary>The large file.</summary>
    public string Large => System.IO.Path.Combine(Path, "large");

    public string Journal => System.IO.Path.Combine(Path, "journal");

    /// <summary>Holds the small files and nothing else; made by whoever makes them.</summary>
    public string Many => System.IO.Path.Combine(Path, "many");

    /// <summary>Null when the user may not write there, or nobody may.</summary>
    /// <exception cref="IOException">It failed otherwise.</exception>
    public static BenchPlace? TryMake(string parent, out string? reason)
    {
        string path = System.IO.Path.Combine(parent, Prefix + Convert.ToHexStringLower(RandomNumberGenerator.GetBytes(8)));
        if (Libc.MakeDirectory(path, OwnerOnly) != 0)
        {
            int error = Marshal.GetLastPInvokeError();
            reason = Libc.Describe(error);
            return error is Libc.EACCES or Libc.EPERM or Libc.EROFS ? null : throw new IOException($"{path}: {reason}");
        }

        reason = null;
        return new BenchPlace(path);
    }

    /// <exception cref="CommandException"><see cref="ExitCode.MountPointUnusable"/> or <see cref="ExitCode.ReadOnlyMedium"/>.</exception>
    public static BenchPlace Make(string parent) => TryMake(parent, out string? reason)
        ?? throw new CommandException(ExitCode.MountPointUnusable, $"Nothing can be written to {parent}: {reason}.", "A health check writes into a directory of its own in the mount, and removes it.");

    public string Small(int number) => System.IO.Path.Combine(Many, $"file{number:D6}");

    public void Dispose() => Directory.Delete(Path, recursive: true);
}
