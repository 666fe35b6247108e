using System.Text;
using Tessera.Core.FileSystem;

namespace Tessera.Server.Echoing;

/// <summary>One call for the repeating process.</summary>
/// <param name="Workspace">Which mount's thread is to make it: a number.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Device">Its device number's minor: nothing else is touched.</param>
/// <param name="Call">What; <see cref="EchoCall.None"/>: nothing, but answer with the thread's id.</param>
/// <param name="Name">Where, beneath the mount point.</param>
/// <param name="NewName">Of a rename.</param>
/// <param name="Mode">Of the inode.</param>
/// <param name="Modified">Its modification time.</param>
internal sealed record EchoRequest(
    int Workspace, string MountPoint, uint Device, EchoCall Call, ChangedName Name, ChangedName NewName, uint Mode, Timestamp Modified)
{
    /// <summary>The id of the thread that is to make the call, by which the mount knows its requests: another thread refuses.</summary>
    public int Thread { get; init; }

    public void WriteTo(BinaryWriter writer)
    {
        writer.Write(Workspace);
        writer.Write(MountPoint);
        writer.Write(Device);
        writer.Write((byte)Call);
        Write(writer, Name);
        Write(writer, NewName);
        writer.Write(Mode);
        writer.Write(Modified.Seconds);
        writer.Write(Modified.Nanoseconds);
        writer.Write(Thread);
        writer.Flush();
    }

    /// <exception cref="EndOfStreamException">There is none any more.</exception>
    public static EchoRequest ReadFrom(BinaryReader reader) => new(
        reader.ReadInt32(), reader.ReadString(), reader.ReadUInt32(), (EchoCall)reader.ReadByte(), ReadName(reader), ReadName(reader), reader.ReadUInt32(),
        new Timestamp(reader.ReadInt64(), reader.ReadUInt32()))
    {
        Thread = reader.ReadInt32(),
    };

    public override string ToString() => $"{Call} {Encoding.UTF8.GetString(Name.Path)}";

    private static void Write(BinaryWriter writer, in ChangedName name)
    {
        writer.Write(name.ParentPath.Length);
        writer.Write(name.ParentPath);
        writer.Write(name.Name.Length);
        writer.Write(name.Name);
    }

    private static ChangedName ReadName(BinaryReader reader) => new(0, reader.ReadBytes(reader.ReadInt32()), reader.ReadBytes(reader.ReadInt32()));
}
