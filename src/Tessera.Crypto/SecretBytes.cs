using System.Diagnostics;
using System.Security.Cryptography;
using Tessera.Crypto.Native;

namespace Tessera.Crypto;

/// <summary>
/// A secret of fixed length on memory pages of its own: locked against swapping where RLIMIT_MEMLOCK allows it, left out of core dumps,
/// never moved or copied by the garbage collector, and zeroed when disposed.
/// </summary>
/// <remarks>
/// Hold a reference (a <c>using</c> or a field) for as long as a span from <see cref="Span"/> is in use: the span points to native memory
/// and does not keep the object alive. Not to be disposed while another thread uses it.
/// </remarks>
[DebuggerDisplay("SecretBytes({Length})")]
public sealed class SecretBytes : IDisposable
{
    /// <summary>The longest secret: passphrases and headers of keys are far below it.</summary>
    public const int MaxLength = 1 << 20;

    private readonly nuint _mapped;
    private nint _address;

    /// <summary>Reserves zeroed memory for a secret.</summary>
    /// <param name="length">Bytes, 1 to <see cref="MaxLength"/>.</param>
    /// <exception cref="OutOfMemoryException">mmap(2) refused.</exception>
    public SecretBytes(int length)
    {
        ArgumentOutOfRangeException.ThrowIfLessThan(length, 1);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(length, MaxLength);
        Length = length;
        nuint page = (nuint)Environment.SystemPageSize;
        _mapped = ((nuint)length + page - 1) / page * page;
        nint address = LibC.Map(0, _mapped, LibC.ProtRead | LibC.ProtWrite, LibC.MapPrivate | LibC.MapAnonymous, -1, 0);
        if (address == LibC.MapFailed)
        {
            GC.SuppressFinalize(this);
            throw new OutOfMemoryException("No memory for a secret: mmap failed.");
        }

        _address = address;
        IsLocked = LibC.Lock(address, _mapped) == 0;
        _ = LibC.Advise(address, _mapped, LibC.MadviseDontDump);
    }

#pragma warning disable MA0055 // A secret that somebody forgot must not stay in memory: this is what finalizers are for.
    ~SecretBytes() => Release();
#pragma warning restore MA0055

    /// <summary>Bytes in the secret.</summary>
    public int Length { get; }

    /// <summary>Whether mlock(2) succeeded; false when RLIMIT_MEMLOCK is used up.</summary>
    public bool IsLocked { get; }

    /// <summary>The secret itself.</summary>
    /// <exception cref="ObjectDisposedException">The secret has been zeroed and given back.</exception>
    [DebuggerBrowsable(DebuggerBrowsableState.Never)]
    public unsafe Span<byte> Span
    {
        get
        {
            ObjectDisposedException.ThrowIf(_address == 0, this);
            return new Span<byte>((void*)_address, Length);
        }
    }

    /// <summary>A secret with the content of <paramref name="source"/>, which the caller still has to clear.</summary>
    public static SecretBytes CopyOf(ReadOnlySpan<byte> source)
    {
        var secret = new SecretBytes(source.Length);
        source.CopyTo(secret.Span);
        return secret;
    }

    /// <summary>A secret drawn from the system's random generator.</summary>
    public static SecretBytes Random(int length)
    {
        var secret = new SecretBytes(length);
        RandomNumberGenerator.Fill(secret.Span);
        return secret;
    }

    /// <summary>Whether both have the same content, in a time that depends on the lengths only.</summary>
    public bool FixedTimeEquals(SecretBytes other)
    {
        bool equal = CryptographicOperations.FixedTimeEquals(Span, other.Span);
        GC.KeepAlive(this);
        GC.KeepAlive(other);
        return equal;
    }

    /// <summary>The length, never the content.</summary>
    public override string ToString() => $"SecretBytes({Length})";

    public void Dispose()
    {
        Release();
        GC.SuppressFinalize(this);
    }

    private unsafe void Release()
    {
        nint address = Interlocked.Exchange(ref _address, 0);
        if (address != 0)
        {
            CryptographicOperations.ZeroMemory(new Span<byte>((void*)address, Length));
            _ = LibC.Unmap(address, _mapped); // unlocks as well
        }
    }
}
