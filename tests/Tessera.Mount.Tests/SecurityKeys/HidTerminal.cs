using System.Runtime.InteropServices;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>A pseudo-terminal in the place of a hidraw device: libfido2 opens any character device, and takes reports of 64 bytes when the device does not describe its own.</summary>
internal sealed partial class HidTerminal : IDisposable
{
    /// <summary>A report from the device; one to it has a byte in front, its number.</summary>
    public const int ReportSize = 64;

    /// <summary>struct termios (bits/termios.h): four flags, a line discipline, then 32 control characters.</summary>
    private const int TermiosSize = 64;
    private const int ControlCharactersAt = 17;
    private const int MinimumAt = ControlCharactersAt + 6;
    private const int FlushInput = 0;

    private readonly int master;
    private readonly int slave;

    public HidTerminal()
    {
        byte[] name = new byte[256];
        openpty(out master, out slave, name, 0, 0).ShouldBe(0);
        Path = System.Text.Encoding.ASCII.GetString(name.AsSpan(0, name.AsSpan().IndexOf((byte)0)));
        byte[] settings = new byte[TermiosSize];
        tcgetattr(slave, settings).ShouldBe(0);
        cfmakeraw(settings);
        settings[MinimumAt] = ReportSize; // A reader gets whole reports.
        tcsetattr(slave, 0, settings).ShouldBe(0);
    }

    public string Path { get; }

    /// <summary>Waits for a report from the host; false when the device was taken away.</summary>
    public bool TryRead(Span<byte> report)
    {
        Span<byte> numbered = stackalloc byte[ReportSize + 1];
        for (int have = 0; have < numbered.Length;)
        {
            nint count = read(master, ref MemoryMarshal.GetReference(numbered[have..]), numbered.Length - have);
            if (count <= 0)
            {
                return false;
            }

            have += (int)count;
        }

        numbered[1..].CopyTo(report);
        return true;
    }

    public void Write(ReadOnlySpan<byte> report) => write(master, ref MemoryMarshal.GetReference(report), report.Length).ShouldBe(report.Length);

    /// <summary>A host that ended in the middle left reports behind: the next one shall not read them.</summary>
    public void ForgetUnread() => tcflush(slave, FlushInput).ShouldBe(0);

    public void Dispose()
    {
        _ = close(slave); // The last one: reading from the other end fails then.
    }

    /// <summary>After the reader has ended.</summary>
    public void Close() => _ = close(master);

    [LibraryImport("libc")]
    private static partial int openpty(out int master, out int slave, byte[] name, nint settings, nint size);

    [LibraryImport("libc")]
    private static partial int tcgetattr(int file, byte[] settings);

    [LibraryImport("libc")]
    private static partial int tcsetattr(int file, int when, byte[] settings);

    [LibraryImport("libc")]
    private static partial void cfmakeraw(byte[] settings);

    [LibraryImport("libc")]
    private static partial int tcflush(int file, int queue);

    [LibraryImport("libc")]
    private static partial nint read(int file, ref byte buffer, nint size);

    [LibraryImport("libc")]
    private static partial nint write(int file, ref byte buffer, nint size);

    [LibraryImport("libc")]
    private static partial int close(int file);
}
