using System.Runtime.InteropServices;
using Microsoft.Win32.SafeHandles;
using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Auditing;

/// <summary>A file that only grows: opened with O_APPEND, and opened anew where its name is another file's, or nobody's, as after logrotate(8). Used by one thread.</summary>
internal sealed class AuditFile : IDisposable
{
    private const uint ForItsOwner = 0x180; // 0600
    private const UnixFileMode WrittenByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;

    private readonly string path;
    private SafeFileHandle? file;

    /// <exception cref="CommandException">It cannot be opened, is no regular file, or others may write it.</exception>
    public AuditFile(string path)
    {
        this.path = Path.GetFullPath(path);
        int error = Open();
        if (error != 0)
        {
            throw new CommandException(ExitCode.Usage, $"The audit file {path} cannot be opened: {Libc.Describe(error)}.");
        }

        if (!IsRegular(file!))
        {
            throw new CommandException(ExitCode.Usage, $"{path} is no regular file.", "Lines must stay where they were written.");
        }

        if ((File.GetUnixFileMode(file!) & WrittenByOthers) != UnixFileMode.None)
        {
            throw new CommandException(ExitCode.Usage, $"Others than its owner may write {path}, and so change what it says.", $"chmod go-w {path}");
        }
    }

    /// <summary>Appends what is left of some whole lines.</summary>
    /// <param name="lines">Each ends with a line end.</param>
    /// <param name="done">How much has been written, before and after.</param>
    /// <returns>0, or the errno of what failed.</returns>
    public unsafe int Append(ReadOnlySpan<byte> lines, ref int done)
    {
        if (!IsInPlace())
        {
            file?.Dispose();
            file = null;
            done = lines[..done].LastIndexOf((byte)'\n') + 1; // A line that was begun in the other file is written whole in this one.
            int error = Open();
            if (error != 0)
            {
                return error;
            }
        }

        fixed (byte* data = lines)
        {
            while (done < lines.Length)
            {
                nint written = Libc.Write(file!, data + done, (nuint)(lines.Length - done));
                if (written > 0)
                {
                    done += (int)written;
                }
                else if (Marshal.GetLastPInvokeError() != Libc.EINTR)
                {
                    return Marshal.GetLastPInvokeError();
                }
            }
        }

        return 0;
    }

    public void Dispose() => file?.Dispose();

    private bool IsInPlace() => file is not null && FileIdentity.Of(file) is { } mine && FileIdentity.Of(file, path) == mine;

    private int Open()
    {
        int descriptor = Libc.OpenOrCreate(path, Libc.O_RDWR | Libc.O_CREAT | Libc.O_APPEND | Libc.O_CLOEXEC | Libc.O_NOCTTY | Libc.O_NONBLOCK, ForItsOwner);
        if (descriptor < 0)
        {
            return Marshal.GetLastPInvokeError();
        }

        file = new SafeFileHandle(descriptor, ownsHandle: true);
        return IsRegular(file) ? EndLine() : 0;
    }

    /// <summary>A server that was killed, or a full disk, may have left the last line without an end: what follows must not be taken for a part of it.</summary>
    private unsafe int EndLine()
    {
        long length = RandomAccess.GetLength(file!);
        byte last = (byte)'\n';
        if (length > 0)
        {
            _ = RandomAccess.Read(file!, new Span<byte>(ref last), length - 1);
        }

        byte end = (byte)'\n';
        return last == end || Libc.Write(file!, &end, 1) == 1 ? 0 : Marshal.GetLastPInvokeError();
    }

    private static bool IsRegular(SafeFileHandle handle) => ModeBits.IsRegular(FileOwner.Of(handle).Mode);
}
