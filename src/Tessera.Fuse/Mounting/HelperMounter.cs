using System.ComponentModel;
using System.Diagnostics;
using System.Globalization;

namespace Tessera.Fuse;

/// <summary>
/// Mounting through <c>fusermount3</c>, a set-user-id program, for those who may not use mount(2). It opens <c>/dev/fuse</c>, mounts it, and
/// hands the descriptor over a socket whose number it finds in <c>_FUSE_COMMFD</c>.
/// </summary>
internal static unsafe class HelperMounter
{
    private const string Program = "fusermount3";

    public static FuseDevice Mount(string mountPoint, FuseMountOptions options, int maxRead)
    {
        var pair = stackalloc int[2];
        if (LibC.SocketPair(LibC.AddressFamilyUnix, LibC.SocketStream, 0, pair) != 0)
            throw new FuseMountException((Errno)LibC.LastError, "socketpair(2) failed.");

        // Our end must not leak into the helper, nor either end into other programs started meanwhile; the helper needs its own.
        var (ours, theirs) = (pair[0], pair[1]);
        try
        {
            _ = LibC.Fcntl(ours, LibC.SetDescriptorFlags, LibC.CloseOnExec);
            using var helper = Start(["-o", Words(options, maxRead), "--", mountPoint], theirs);
            _ = LibC.Close(theirs);
            theirs = -1;
            var descriptor = ReceiveDescriptor(ours);
            var complaint = helper.StandardError.ReadToEnd().Trim();
            helper.WaitForExit();
            if (descriptor >= 0)
                return new FuseDevice(descriptor);

            throw new FuseMountException(Errno.EPERM, complaint.Length > 0 ? complaint : $"{Program} failed with exit code {helper.ExitCode}.");
        }
        finally
        {
            _ = LibC.Close(ours);
            if (theirs >= 0)
                _ = LibC.Close(theirs);
        }
    }

    /// <summary>Zero, or EPERM with what the helper said.</summary>
    public static (Errno Error, string Complaint) Unmount(string mountPoint, bool lazy)
    {
        string[] arguments = lazy ? ["-u", "-z", "--", mountPoint] : ["-u", "--", mountPoint];
        using var helper = Start(arguments, socket: -1);
        var complaint = helper.StandardError.ReadToEnd().Trim();
        helper.WaitForExit();
        if (helper.ExitCode == 0)
            return (Errno.None, "");
        return (complaint.Contains("busy", StringComparison.OrdinalIgnoreCase) ? Errno.EBUSY : Errno.EPERM, complaint);
    }

    private static Process Start(IEnumerable<string> arguments, int socket)
    {
        var start = new ProcessStartInfo(Program, arguments) { RedirectStandardError = true, UseShellExecute = false };
        if (socket >= 0)
            start.Environment["_FUSE_COMMFD"] = socket.ToString(CultureInfo.InvariantCulture);
        try
        {
            return Process.Start(start)!;
        }
        catch (Win32Exception)
        {
            throw new FuseMountException(Errno.ENOENT, $"{Program} is missing: without root, mounting needs it (Debian package fuse3).");
        }
    }

    private static string Words(FuseMountOptions options, int maxRead)
    {
        var words = new List<string>(MountFlags.Of(options).Select(static flag => flag.Word))
        {
            $"max_read={maxRead}",
            $"fsname={Escape(options.Source)}",
        };
        if (options.Subtype.Length > 0)
            words.Add($"subtype={Escape(options.Subtype)}");
        if (options.AllowOther)
            words.Add("allow_other");
        if (options.DefaultPermissions)
            words.Add("default_permissions");
        return string.Join(',', words);
    }

    /// <summary>fusermount3 takes a backslash before a comma or a backslash.</summary>
    private static string Escape(string value) =>
        value.Replace("\\", "\\\\", StringComparison.Ordinal).Replace(",", "\\,", StringComparison.Ordinal);

    /// <summary>One descriptor sent by SCM_RIGHTS (unix(7)); −1 when the other end is closed without.</summary>
    private static int ReceiveDescriptor(int socket)
    {
        // cmsg(3) on 64-bit: length (8), level (4), type (4), then the descriptor, padded to 8.
        const int ControlLength = 24;
        const int ScmRights = 1;
        const int SocketLevel = 1;
        const int CloseOnExecMessage = 0x40000000;

        byte data;
        var vector = new IoVector { Start = &data, Length = 1 };
        var control = stackalloc byte[ControlLength];
        var message = new MessageHeader { Vectors = &vector, VectorCount = 1, Control = control, ControlLength = ControlLength };
        nint received;
        do
        {
            received = LibC.ReceiveMessage(socket, &message, CloseOnExecMessage);
        }
        while (received < 0 && LibC.LastError == (int)Errno.EINTR);

        if (received <= 0 || message.ControlLength < 20)
            return -1;

        var fields = (int*)control;
        return fields[2] == SocketLevel && fields[3] == ScmRights ? fields[4] : -1;
    }
}
