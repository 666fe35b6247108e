using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary>
/// A request being served: who asks, about which node, and whether they still want to know. Lent to the handler until its task completes.
/// </summary>
/// <remarks>
/// Owns one page-aligned native buffer, reused for one request after another:
/// <code>
/// 0        small replies (header + fixed struct)
/// 4016     the request: header (40) and a 40-byte struct, so that WRITE's data starts at 4096
/// …        on the first page boundary that leaves 16 bytes (32 for ioctl) after the request: room lent for a reply's payload,
///          whose header goes right in front of it, so that one write(2) replies without a copy
/// </code>
/// </remarks>
public sealed unsafe class FuseRequest
{
    internal const int PageSize = 4096;

    private const int RequestStart = PageSize - 80;

    /// <summary>READLINK, GETXATTR and LISTXATTR need this much, however small MaxWrite is (XATTR_SIZE_MAX).</summary>
    private const int SmallestPayload = 64 * 1024;

    /// <summary>FUSE_EXT_GROUPS of <c>enum fuse_ext_type</c>.</summary>
    private const uint ExtensionGroups = 32;

    private readonly Lock _cancellationLock = new();
    private readonly byte* _buffer;
    private readonly int _bufferLength;
    private readonly int _readLength;
    private readonly NativeBuffer _memory;
    private InHeader _header;
    private int _length;
    private int _payloadStart;
    private int _payloadPrefix;
    private ulong _outstanding;
    private bool _interrupted;
    private CancellationTokenSource? _cancellation;

    internal FuseRequest(int maxWrite)
    {
        _readLength = maxWrite + PageSize;
        _bufferLength = (3 * PageSize) + Math.Max(maxWrite, SmallestPayload);
        _buffer = (byte*)NativeMemory.AlignedAlloc((nuint)_bufferLength, PageSize);
        _memory = new NativeBuffer(_buffer, _bufferLength);
    }

    public FuseOpcode Opcode => _header.Opcode;

    /// <summary>The kernel's number for this request.</summary>
    public ulong Unique => _header.Unique;

    public ulong NodeId => _header.NodeId;

    public uint Uid => _header.Uid;

    public uint Gid => _header.Gid;

    /// <summary>The calling thread's id in the daemon's pid namespace; 0 if outside it, or for write-back.</summary>
    public uint Pid => _header.Pid;

    /// <summary>Whether the caller has been told to give up (a signal). Late or wrong is allowed: the answer is taken either way.</summary>
    public bool IsInterrupted => Volatile.Read(ref _interrupted);

    /// <summary>
    /// Cancelled when the caller is interrupted. Made on first use, so take it only before waiting; answer EINTR when it fires.
    /// </summary>
    public CancellationToken CancellationToken
    {
        get
        {
            lock (_cancellationLock)
            {
                _cancellation ??= new CancellationTokenSource();
                if (_interrupted)
                    _cancellation.Cancel();
                return _cancellation.Token;
            }
        }
    }

    /// <summary>How much of the buffer this request and its reply have made resident, in bytes.</summary>
    internal int TouchedBytes { get; private set; }

    internal int LentLength { get; private set; }

    /// <summary>Bytes of the payload filled so far by a <see cref="FuseDirectoryWriter"/>.</summary>
    internal int PackedLength { get; set; }

    /// <summary>It is being served.</summary>
    internal bool IsOutstanding => Volatile.Read(ref _outstanding) != 0;

    internal bool HoldsLockWait { get; set; }

    internal Span<byte> ReadTarget => new(_buffer + RequestStart, _readLength);

    internal Span<byte> Payload => new(_buffer + _payloadStart, LentLength);

    internal RequestBody Body =>
        new(_memory, _buffer, RequestStart + Unsafe.SizeOf<InHeader>(), RequestStart + _length - (_header.ExtensionUnits * 8));

    /// <summary>
    /// The parent directory's group, if the caller is a member of it by a supplementary group (<see
    /// cref="FuseFeatures.CreateSupplementaryGroup"/>):
    /// what a creation in a set-group-id directory needs to know.
    /// </summary>
    public bool TryGetSupplementaryGroup(out uint gid)
    {
        gid = 0;
        var end = RequestStart + _length;
        var position = end - (_header.ExtensionUnits * 8);
        while (position + 8 <= end)
        {
            var size = Unsafe.ReadUnaligned<uint>(_buffer + position);
            var type = Unsafe.ReadUnaligned<uint>(_buffer + position + 4);
            if (size < 8 || size > (uint)(end - position))
                return false;

            if (type == ExtensionGroups && size >= 16 && Unsafe.ReadUnaligned<uint>(_buffer + position + 8) >= 1)
            {
                gid = Unsafe.ReadUnaligned<uint>(_buffer + position + 12);
                return true;
            }

            position += (int)((size + 7) & ~7u);
        }

        return false;
    }

    /// <summary>
    /// Takes in a message of <paramref name="length"/> bytes lying in <see cref="ReadTarget"/>. False: not even a header.
    /// </summary>
    internal bool Accept(int length)
    {
        _length = length;
        _payloadStart = 0;
        _payloadPrefix = 0;
        LentLength = 0;
        PackedLength = 0;
        TouchedBytes = RequestStart + length;
        if (length < Unsafe.SizeOf<InHeader>())
            return false;

        _header = Unsafe.ReadUnaligned<InHeader>(_buffer + RequestStart);
        return true;
    }

    /// <summary>The header's length is the message's, and the extensions lie inside.</summary>
    internal bool IsWellFormed =>
        _header.Length == (uint)_length && _header.ExtensionUnits * 8 <= _length - Unsafe.SizeOf<InHeader>();

    /// <summary>
    /// Lends room for a reply's payload, <paramref name="prefix"/> bytes after the reply's header. False: no such length fits.
    /// </summary>
    internal bool TryLend(uint length, out Memory<byte> payload, int prefix = 0)
    {
        var front = Unsafe.SizeOf<OutHeader>() + prefix;
        _payloadStart = (RequestStart + _length + front + PageSize - 1) & -PageSize;
        _payloadPrefix = prefix;
        if (length > (uint)Math.Max(0, _bufferLength - _payloadStart))
        {
            payload = default;
            return false;
        }

        LentLength = (int)length;
        payload = _memory.Lend(_payloadStart, LentLength);
        return true;
    }

    internal ReadOnlySpan<byte> EncodeError(Errno error) => Head(_buffer, Unsafe.SizeOf<OutHeader>(), error);

    internal ReadOnlySpan<byte> EncodeValue<T>(scoped in T value)
        where T : unmanaged
    {
        Unsafe.WriteUnaligned(_buffer + Unsafe.SizeOf<OutHeader>(), value);
        return Head(_buffer, Unsafe.SizeOf<OutHeader>() + Unsafe.SizeOf<T>(), Errno.None);
    }

    /// <summary>The lent payload's first <paramref name="length"/> bytes.</summary>
    internal ReadOnlySpan<byte> EncodePayload(int length)
    {
        var front = Unsafe.SizeOf<OutHeader>() + _payloadPrefix;
        TouchedBytes = Math.Max(TouchedBytes, _payloadStart + length);
        return Head(_buffer + _payloadStart - front, front + length, Errno.None);
    }

    /// <summary>The lent payload's first <paramref name="length"/> bytes, with a struct in front.</summary>
    internal ReadOnlySpan<byte> EncodePayload<T>(scoped in T prefix, int length)
        where T : unmanaged
    {
        Unsafe.WriteUnaligned(_buffer + _payloadStart - Unsafe.SizeOf<T>(), prefix);
        return EncodePayload(length);
    }

    /// <summary>From here on an INTERRUPT finds this request.</summary>
    internal void Begin() => Volatile.Write(ref _outstanding, _header.Unique);

    /// <summary>The request is answered: an INTERRUPT that comes now is for nobody.</summary>
    internal void End()
    {
        lock (_cancellationLock)
        {
            _outstanding = 0;
            _interrupted = false;
            _cancellation = null;
        }
    }

    /// <summary>Tells the handler that nobody waits any more. False: this is not the request meant.</summary>
    internal bool TryInterrupt(ulong unique)
    {
        if (unique == 0 || Volatile.Read(ref _outstanding) != unique)
            return false;

        CancellationTokenSource? cancellation;
        lock (_cancellationLock)
        {
            if (_outstanding != unique)
                return false;
            _interrupted = true;
            cancellation = _cancellation;
        }

        // Outside the lock, and not as the reader: what runs here may answer this very request, or block.
        if (cancellation is not null)
        {
            FuseServer.PassReaderRole();
            cancellation.Cancel();
        }

        return true;
    }

    /// <summary>Gives the memory behind large messages back to the system, keeping address space and the first pages.</summary>
    internal void Trim()
    {
        _ = LibC.Advise(_buffer + (3 * PageSize), (nuint)(_bufferLength - (3 * PageSize)), LibC.AdviceDontNeed);
        TouchedBytes = 0;
    }

    internal void Free() => NativeMemory.AlignedFree(_buffer);

    private ReadOnlySpan<byte> Head(byte* start, int length, Errno error)
    {
        Unsafe.WriteUnaligned(start, new OutHeader((uint)length, -(int)error, _header.Unique));
        return new ReadOnlySpan<byte>(start, length);
    }
}
