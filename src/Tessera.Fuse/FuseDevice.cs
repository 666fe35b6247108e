using System.Diagnostics;

namespace Tessera.Fuse;

/// <summary>A descriptor of <c>/dev/fuse</c>: the real kernel's end of a connection.</summary>
public sealed unsafe class FuseDevice : IFuseTransport
{
    private const string Path = "/dev/fuse";
    private int _descriptor;
    private bool _nonBlocking;
    private readonly RunQueue _runQueue = new();
    private Eagerness _eagerness;

    /// <param name="descriptor">An open descriptor, owned from now on.</param>
    public FuseDevice(int descriptor)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(descriptor);
        _descriptor = descriptor;
    }

    /// <summary>The descriptor's number; −1 once closed.</summary>
    public int Descriptor => Volatile.Read(ref _descriptor);

    /// <summary>Opens the device, not yet mounted.</summary>
    /// <exception cref="FuseMountException">FUSE is missing, or may not be used.</exception>
    public static FuseDevice Open()
    {
        var descriptor = LibC.Open(Path, LibC.OpenReadWrite | LibC.OpenCloseOnExec);
        if (descriptor >= 0)
            return new FuseDevice(descriptor);

        var error = (Errno)LibC.LastError;
        throw new FuseMountException(error, error switch
        {
            Errno.ENOENT or Errno.ENODEV or Errno.ENXIO => "This kernel has no FUSE: /dev/fuse is missing (try: modprobe fuse).",
            Errno.EACCES or Errno.EPERM => "/dev/fuse may not be opened by this user.",
            _ => $"/dev/fuse cannot be opened ({error}).",
        });
    }

    public int Read(Span<byte> buffer, bool alone)
    {
        fixed (byte* start = buffer)
        {
            nint length;
            do
            {
                length = alone && Eagerness.IsPossible
                    ? ReadEagerly(start, (nuint)buffer.Length)
                    : ReadPatiently(start, (nuint)buffer.Length);
            }
            while (length < 0 && LibC.LastError == (int)Errno.EAGAIN && Wait());

            return length switch
            {
                > 0 => (int)length,
                0 => -(int)Errno.ENODEV,
                _ => -LibC.LastError,
            };
        }
    }

    /// <summary>Sleeps in the kernel, which wakes one of those who do for each request.</summary>
    private nint ReadPatiently(byte* start, nuint length)
    {
        SetNonBlocking(false);
        return LibC.Read(_descriptor, start, length);
    }

    /// <summary>Looks again and again for as long as it pays: a program that waits for each answer has its next request here within microseconds.</summary>
    private nint ReadEagerly(byte* start, nuint count)
    {
        SetNonBlocking(true);
        var length = LibC.Read(_descriptor, start, count);
        if (length >= 0 || LibC.LastError != (int)Errno.EAGAIN)
            return length;

        var begun = Stopwatch.GetTimestamp();
        var crowded = _runQueue.IsCrowded(begun);
        while (!crowded && _eagerness.MayLook(begun))
        {
            length = LibC.Read(_descriptor, start, count);
            if (length >= 0 || LibC.LastError != (int)Errno.EAGAIN)
                return length;
        }

        _ = Wait();
        _eagerness.Woken(begun);
        return LibC.Read(_descriptor, start, count);
    }

    /// <summary>Two threads may disagree for a moment about the flag; then one of them sleeps a little early, or comes here by way of EAGAIN.</summary>
    private void SetNonBlocking(bool wanted)
    {
        if (Volatile.Read(ref _nonBlocking) == wanted)
            return;

        Volatile.Write(ref _nonBlocking, wanted);
        _ = LibC.Fcntl(_descriptor, LibC.SetStatusFlags, wanted ? LibC.StatusNonBlocking : 0);
    }

    /// <summary>Sleeps until there is a request, or the connection has ended.</summary>
    private bool Wait()
    {
        var poll = new PollDescriptor { Descriptor = _descriptor, Events = LibC.PollIn };
        _ = LibC.Poll(&poll, 1, timeout: -1);
        return true;
    }

    public bool HasRequest
    {
        get
        {
            var poll = new PollDescriptor { Descriptor = _descriptor, Events = LibC.PollIn };
            return LibC.Poll(&poll, 1, timeout: 0) != 0;
        }
    }

    public int Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest)
    {
        fixed (byte* first = head, second = rest)
        {
            nint written;
            if (rest.IsEmpty)
            {
                written = LibC.Write(_descriptor, first, (nuint)head.Length);
            }
            else
            {
                var vectors = stackalloc IoVector[2];
                vectors[0] = new IoVector { Start = first, Length = (nuint)head.Length };
                vectors[1] = new IoVector { Start = second, Length = (nuint)rest.Length };
                written = LibC.WriteVector(_descriptor, vectors, 2);
            }

            return written >= 0 ? 0 : -LibC.LastError;
        }
    }

    /// <summary>
    /// Registers a file the kernel may read and write by itself (<see cref="FuseFeatures.Passthrough"/>); the id goes into
    /// <see cref="FuseOpened.BackingId"/>. Needs CAP_SYS_ADMIN, else EPERM: then serve without.
    /// </summary>
    public FuseResult<int> OpenBacking(int fileDescriptor)
    {
        var map = stackalloc int[4] { fileDescriptor, 0, 0, 0 };
        var id = LibC.Ioctl(_descriptor, LibC.BackingOpen, map);
        return id > 0 ? id : (Errno)LibC.LastError;
    }

    public Errno CloseBacking(int backingId) =>
        LibC.Ioctl(_descriptor, LibC.BackingClose, &backingId) == 0 ? Errno.None : (Errno)LibC.LastError;

    public void Dispose()
    {
        var descriptor = Interlocked.Exchange(ref _descriptor, -1);
        if (descriptor >= 0)
            _ = LibC.Close(descriptor);
        _runQueue.Dispose();
    }
}
