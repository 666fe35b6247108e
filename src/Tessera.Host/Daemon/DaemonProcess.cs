using Tessera.Host.CommandLine;
using Tessera.Host.Native;

namespace Tessera.Host.Daemon;

/// <summary>The daemon's side of its start: takes the request, leaves the terminal and the caller's directory, and reports once.</summary>
internal static class DaemonProcess
{
    private const int StandardStreams = 3;
    private const uint OwnerOnlyMask = 0b000_111_111;

    /// <summary>A reply with nothing in it, as it stands: every mount waits for it, and an encoder would have to be compiled first.</summary>
    public static ReadOnlySpan<byte> Ready => "{}\n"u8;

    /// <summary>Fills the destination from standard input.</summary>
    public static void ReadKey(Stream input, Span<byte> destination) => input.ReadExactly(destination);

    /// <summary>A session of its own, so that closing the terminal does not reach it; no directory kept busy; its files for its owner only.</summary>
    public static void LeaveTerminal()
    {
        _ = Libc.NewSession();
        Environment.CurrentDirectory = "/";
        _ = Libc.SetCreationMask(OwnerOnlyMask);
    }

    /// <summary>Tells the process that waits that the mount can be used, and lets go of its standard streams.</summary>
    public static void AnswerReady() => Answer(Ready);

    /// <summary>The same of why it cannot.</summary>
    public static void Answer(CommandException refusal) => Answer(ControlText.Write(ControlReply.Of(refusal)));

    private static void Answer(ReadOnlySpan<byte> line)
    {
        using (Stream output = Console.OpenStandardOutput())
        {
            output.Write(line);
            output.Flush();
        }

        LeaveStandardStreams();
    }

    /// <summary>Lets go of the caller's standard streams, copies included: the runtime keeps one of standard error for its last words, and whoever reads
    /// that pipe (<c>$(tessera mount …)</c>) would wait for the daemon's end.</summary>
    private static void LeaveStandardStreams()
    {
        int nothing = Libc.Open("/dev/null", Libc.O_RDWR);
        if (nothing < 0)
        {
            return;
        }

        HashSet<string?> callers = [.. Enumerable.Range(0, StandardStreams).Select(TargetOf)];
        foreach (string link in DescriptorLinks.Of("/proc/self").ToList())
        {
            if (int.TryParse(Path.GetFileName(link), System.Globalization.CultureInfo.InvariantCulture, out int descriptor)
                && (descriptor < StandardStreams || (TargetOf(descriptor) is { } target && callers.Contains(target))))
            {
                _ = Libc.Duplicate(nothing, descriptor);
            }
        }

        if (nothing >= StandardStreams)
        {
            _ = Libc.Close(nothing);
        }
    }

    private static string? TargetOf(int descriptor)
    {
        try
        {
            return new FileInfo($"/proc/self/fd/{descriptor}").LinkTarget;
        }
        catch (IOException)
        {
            return null; // Closed meanwhile: nothing to let go of.
        }
    }
}
