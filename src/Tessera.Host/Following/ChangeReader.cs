using System.Globalization;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Daemon;
using Tessera.Host.Mounting;

namespace Tessera.Host.Following;

/// <summary>The work of "tessera events": prints what is changed at the client of a workspace.</summary>
internal sealed class ChangeReader(MountEntry entry, bool json)
{
    private static readonly EnumerationOptions Tree = new()
    {
        RecurseSubdirectories = true, IgnoreInaccessible = true, AttributesToSkip = FileAttributes.ReparsePoint, ReturnSpecialDirectories = false,
    };

    /// <summary>Until it is told to end, or the workspace ends.</summary>
    public async Task<ExitCode> RunAsync(CancellationToken cancellation)
    {
        using Socket socket = Connect();
        await using var stream = new NetworkStream(socket, ownsSocket: false);
        using var reader = new StreamReader(stream, Encoding.UTF8);

        // Directories are watched from when the server first asks for them: going through the tree makes it ask for all.
        int directories = Directory.EnumerateDirectories(entry.MountPoint, "*", Tree).Count() + 1;
        Console.Error.WriteLine($"Watching {directories} {(directories == 1 ? "directory" : "directories")}.");
        try
        {
            while (await reader.ReadLineAsync(cancellation) is { } line)
            {
                Print(line);
            }
        }
        catch (OperationCanceledException) when (cancellation.IsCancellationRequested)
        {
            return ExitCode.Ok;
        }
        catch (IOException)
        {
            // Reset: the server was killed.
        }

        throw new CommandException(ExitCode.NotMounted, $"The workspace at {entry.MountPoint} has ended.");
    }

    private Socket Connect()
    {
        foreach (string directory in ControlPath.DirectoriesOf(entry.DaemonUser ?? 0))
        {
            var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            try
            {
                socket.Connect(new UnixDomainSocketEndPoint(ControlPath.EventsIn(directory, entry.Device)));
                return socket;
            }
            catch (SocketException)
            {
                socket.Dispose(); // Not there, or not ours to open.
            }
        }

        throw new CommandException(ExitCode.NotMounted, $"{entry.MountPoint} is no workspace, or another user's.", "Changes at the other end are told of directories that 'tessera serve' has mounted.");
    }

    private void Print(string text)
    {
        ChangeLine line = JsonSerializer.Deserialize(text, ChangeJson.Default.ChangeLine) ?? throw new InvalidDataException("A change is null.");
        Write(text, line);
        bool isNew = line.Directory && line.Path is not null && line.Changes.Any(change => change is "created" or "renamed");
        if (isNew)
        {
            TellBeneath(line.NewPath ?? line.Path!, isCreated: line.Changes.Contains("created", StringComparer.Ordinal));
        }
    }

    /// <summary>A directory that is new here has been watched since a moment ago at best: what is in it by now is told as made. Going through it has it watched from now on.</summary>
    private void TellBeneath(string path, bool isCreated)
    {
        try
        {
            foreach (FileSystemInfo found in new DirectoryInfo(Path.Combine(entry.MountPoint, path)).EnumerateFileSystemInfos("*", Tree))
            {
                if (isCreated)
                {
                    byte[] name = Encoding.UTF8.GetBytes(Path.GetRelativePath(entry.MountPoint, found.FullName));
                    var change = new FileChange(ChangeKinds.Created, found is DirectoryInfo, new ChangedName(FsLimits.RootInode, [], name));
                    string text = Encoding.UTF8.GetString(ChangeEncoder.Encode(change, TimeProvider.System.GetUtcNow())).TrimEnd('\n');
                    Write(text, JsonSerializer.Deserialize(text, ChangeJson.Default.ChangeLine)!);
                }
            }
        }
        catch (IOException)
        {
            // Gone again, which is told next.
        }
    }

    private void Write(string text, ChangeLine line)
    {
        Console.Out.WriteLine(json ? text : string.Create(
            CultureInfo.InvariantCulture,
            $"{line.Time.UtcDateTime:yyyy-MM-dd HH:mm:ss.fff}  {string.Join(',', line.Changes)}{Shown("  ", line.Path)}{Shown(" -> ", line.NewPath)}"));
        Console.Out.Flush();
    }

    private static string Shown(string before, string? path) => path is null ? string.Empty : before + TerminalText.Harmless(path);
}
