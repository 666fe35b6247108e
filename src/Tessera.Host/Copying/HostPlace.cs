using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Native;
using Tessera.HostFiles;

namespace Tessera.Host.Copying;

/// <summary>A directory of this host: with what the user may do there, and without what is mounted beneath it.</summary>
internal sealed class HostPlace : CopyPlace
{
    private readonly HostDirectory directory;
    private readonly string path;

    private HostPlace(string name, HostDirectory directory)
    {
        Name = name;
        path = Path.GetFullPath(name);
        this.directory = directory;
        uint user = Libc.GetEffectiveUserId();
        KeepsOwners = user == 0;
        Caller = new Caller(user, user == 0 ? 0 : Libc.GetGroupId(), Pid: 0, Door.Internal, KernelChecked: true);
    }

    public override string Name { get; }

    public override IFileSystem Files => directory;

    public override Caller Caller { get; }

    public override bool KeepsOwners { get; }

    /// <exception cref="IOException">It cannot be opened, or is no directory.</exception>
    public static HostPlace Open(string name, bool readOnly) =>
        new(name, HostDirectory.Open(Path.GetFullPath(name), new HostDirectoryOptions { ReadOnly = readOnly, NoAccessTime = true }));

    /// <summary>syncfs(2). The host's cache may answer what is read afterwards: it is the host's to be believed.</summary>
    public override ValueTask SettleAsync()
    {
        int descriptor = Libc.Open(path, Libc.O_CLOEXEC);
        int outcome = descriptor < 0 ? -1 : Libc.SyncFileSystem(descriptor);
        int error = System.Runtime.InteropServices.Marshal.GetLastPInvokeError();
        _ = descriptor < 0 ? 0 : Libc.Close(descriptor);
        return outcome == 0 ? default : throw new CommandException(ExitCode.Fault, $"What was written to {Name} cannot be made durable: {Libc.Describe(error)}.");
    }

    public override ValueTask DisposeAsync()
    {
        directory.Dispose();
        return default;
    }
}
