using Tessera.Conformance.Tests.Calls;
using Tessera.Conformance.Tests.Running;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>What a probe works on: two files of 1 MiB, written, synced and open, so that nothing but the probe makes the kernel ask.</summary>
internal sealed class ProbeRoom
{
    public const int FileLength = 1 << 20;

    public ProbeRoom(Room room)
    {
        DirectoryPath = room.Path;
        foreach (string name in (string[])["file", "other"])
        {
            int written = Kernel.Open(room[name], OpenFlag.ReadWrite | OpenFlag.Create, Mode.File);
            Kernel.Write(written, new byte[FileLength]);
            RawCall.SyncFile(written);
            Kernel.Close(written);
        }

        File = room.Open("file", OpenFlag.ReadWrite);
        Other = room.Open("other", OpenFlag.ReadWrite);
        Direct = room.Open("file", OpenFlag.ReadWrite | OpenFlag.Direct);
        Synchronous = room.Open("file", OpenFlag.ReadWrite | OpenFlag.Sync);
        DataSynchronous = room.Open("file", OpenFlag.ReadWrite | OpenFlag.DataSync);
        DirectSynchronous = room.Open("file", OpenFlag.ReadWrite | OpenFlag.Direct | OpenFlag.Sync);
        DirectDataSynchronous = room.Open("file", OpenFlag.ReadWrite | OpenFlag.Direct | OpenFlag.DataSync);
        Unwritten = room.Open("unwritten", OpenFlag.ReadOnly | OpenFlag.Create, Mode.File);
        Folder = room.Keep(Kernel.Open(room.Path, OpenFlag.Directory));
        Mount = room.Keep(Kernel.Open(MountPath, OpenFlag.Directory));
        Scratch = room.Keep(RawCall.NewInotify());
        Keep = file => room.Keep(file);
    }

    public string DirectoryPath { get; }

    public string Path => DirectoryPath + "/file";

    /// <summary>The file system's root.</summary>
    public string MountPath => System.IO.Path.GetDirectoryName(DirectoryPath)!;

    public int File { get; }

    public int Other { get; }

    /// <summary>The file once more, O_DIRECT.</summary>
    public int Direct { get; }

    /// <summary>The file once more, O_SYNC.</summary>
    public int Synchronous { get; }

    /// <summary>The file once more, O_DSYNC.</summary>
    public int DataSynchronous { get; }

    /// <summary>The file once more, O_DIRECT and O_SYNC.</summary>
    public int DirectSynchronous { get; }

    /// <summary>The file once more, O_DIRECT and O_DSYNC.</summary>
    public int DirectDataSynchronous { get; }

    /// <summary>An empty file that nobody has open for writing.</summary>
    public int Unwritten { get; }

    public int Folder { get; }

    /// <summary>The file system's root.</summary>
    public int Mount { get; }

    /// <summary>An inotify instance.</summary>
    public int Scratch { get; }

    /// <summary>Closes a descriptor after the probe.</summary>
    public Func<int, int> Keep { get; }
}
