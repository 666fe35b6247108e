using System.Runtime.InteropServices;
using Tessera.Host.Native;

namespace Tessera.Host.Daemon;

/// <summary>The daemon's side of its start: takes the request, leaves the terminal and the caller's directory, and reports once.</summary>
internal static class DaemonProcess
{
    private const int StandardStreams = 3;
    private const uint OwnerOnlyMask = 0b000_111_111;

    /// <summary>Reads the request from standard input; the key's bytes follow it there and are left to <see cref="ReadKey"/>.</summary>
    public static MountRequest ReadRequest(Stream input)
    {
        // Byte by byte up to the line's end: what follows is the key, and must not end up in a buffer that nobody clears.
        var line = new List<byte>();
        for (int next = input.ReadByte(); next is not ('\n' or -1); next = input.ReadByte())
        {
            if (line.Count == ControlLimits.MaxRequestBytes)
            {
                throw new InvalidDataException("The mount request is too long.");
            }

            line.Add((byte)next);
        }

        return System.Text.Json.JsonSerializer.Deserialize(CollectionsMarshal.AsSpan(line), ControlJson.Default.MountRequest)
            ?? throw new InvalidDataException("The mount request is empty.");
    }

    /// <summary>Fills the destination from standard input.</summary>
    public static void ReadKey(Stream input, Span<byte> destination) => input.ReadExactly(destination);

    /// <summary>A session of its own, so that closing the terminal does not reach it; no directory kept busy; its files for its owner only.</summary>
    public static void LeaveTerminal()
    {
        _ = Libc.NewSession();
        Environment.CurrentDirectory = "/";
        _ = Libc.SetCreationMask(OwnerOnlyMask);
    }

    /// <summary>Writes the one answer to the process that waits, and lets go of its standard streams.</summary>
    public static void Answer(ControlReply reply)
    {
        using (Stream output = Console.OpenStandardOutput())
        {
            byte[] line = [.. System.Text.Json.JsonSerializer.SerializeToUtf8Bytes(reply, ControlJson.Default.ControlReply), (byte)'\n'];
            output.Write(line);
            output.Flush();
        }

        int nothing = Libc.Open("/dev/null", Libc.O_RDWR);
        for (int descriptor = 0; descriptor < StandardStreams && nothing >= 0; descriptor++)
        {
            _ = Libc.Duplicate(nothing, descriptor);
        }

        if (nothing >= StandardStreams)
        {
            _ = Libc.Close(nothing);
        }
    }
}
