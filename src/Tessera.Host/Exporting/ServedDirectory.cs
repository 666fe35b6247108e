using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Native;
using Tessera.Host.Sharing;
using Tessera.HostFiles;

namespace Tessera.Host.Exporting;

/// <summary>A directory of the server's host: with what the server's user may do there, and nothing outside.</summary>
internal sealed class ServedDirectory : ServedFiles
{
    private readonly HostDirectory directory;

    private ServedDirectory(string name, HostDirectory directory, bool readOnly)
        : base(name)
    {
        this.directory = directory;
        IsReadOnly = readOnly;
    }

    public override IFileSystem Files => directory;

    public override bool IsReadOnly { get; }

    public override (uint Uid, uint Gid) Owner { get; } = (Libc.GetEffectiveUserId(), Libc.GetGroupId());

    public override IWatchedFiles Watched => directory;

    /// <exception cref="CommandException">There is no such directory, or it is asked what only volumes have.</exception>
    public static ServedDirectory Open(ExportOptions options)
    {
        string path = DirectorySource.PathOf(options.Source);
        if (!Directory.Exists(path))
        {
            throw new CommandException(ExitCode.NotAVolume, $"{path} is not a directory.", "'dir:PATH' names a directory of this host that is there.");
        }

        return options.Options == new MountOptions { ReadOnly = options.Options.ReadOnly }
            ? new ServedDirectory(options.Name, HostDirectory.Open(path, new HostDirectoryOptions { ReadOnly = options.Options.ReadOnly }), options.Options.ReadOnly)
            : throw new CommandException(ExitCode.Usage, $"The export {options.Name} is a directory of this host: it takes the option 'ro' only.");
    }

    public override ValueTask DisposeAsync()
    {
        directory.Dispose();
        return default;
    }
}
