using System.Numerics;
using System.Runtime.CompilerServices;
using System.Security.Cryptography;
using Tessera.Crypto.Native;

namespace Tessera.Crypto;

/// <summary>
/// OpenSSL contexts with one key's schedule already in them, for one direction. Any number of threads rent and return; a thread usually
/// finds the context it used last.
/// </summary>
/// <remarks>
/// Lock-free: a slot holds a context or 0, and both rent and return are one exchange on it. When more threads call at once than there are
/// slots, the surplus contexts are freed on return, so memory stays bounded.
/// </remarks>
internal sealed class CipherContextPool : IDisposable
{
    /// <summary>Contexts kept per direction at most: about 1 KiB each, and more threads than this never seal at once on one volume.</summary>
    public const int MaxKept = 64;

    /// <summary>Slots lie two cache lines apart, so that threads on different slots do not share one.</summary>
    private const int Stride = 128 / sizeof(long);

    private readonly Lock _creation = new();
    private readonly nint[] _slots;
    private readonly int _mask;
    private readonly nint _cipher;
    private readonly bool _encrypts;
    private readonly SecretBytes _key;
    private volatile bool _disposed;

    public CipherContextPool(nint cipher, bool encrypts, ReadOnlySpan<byte> key)
    {
        int kept = (int)Math.Min(MaxKept, BitOperations.RoundUpToPowerOf2((uint)Math.Max(8, 2 * Environment.ProcessorCount)));
        _slots = new nint[kept * Stride];
        _mask = kept - 1;
        _cipher = cipher;
        _encrypts = encrypts;
        _key = SecretBytes.CopyOf(key);
    }

#pragma warning disable MA0055 // Contexts hold key schedules in native memory: a forgotten sealer must still clear them.
    ~CipherContextPool() => FreeKept();
#pragma warning restore MA0055

    /// <summary>A context that no other thread uses until it is given back with <see cref="Return"/>.</summary>
    public nint Rent()
    {
        int first = Environment.CurrentManagedThreadId;
        for (int i = 0; i <= _mask; i++)
        {
            ref nint slot = ref Slot(first + i);
            if (Volatile.Read(ref slot) != 0)
            {
                nint context = Interlocked.Exchange(ref slot, 0);
                if (context != 0)
                {
                    return context;
                }
            }
        }

        return CreateContext();
    }

    /// <summary>Gives a context back; it keeps its key schedule for the next call.</summary>
    public void Return(nint context)
    {
        int first = Environment.CurrentManagedThreadId;
        for (int i = 0; i <= _mask; i++)
        {
            ref nint slot = ref Slot(first + i);
            if (Volatile.Read(ref slot) == 0 && Interlocked.CompareExchange(ref slot, context, 0) == 0)
            {
                // Dispose may have swept this slot just before; the exchange above orders the two, so one of us sees the other.
                if (_disposed)
                {
                    FreeKept();
                }

                return;
            }
        }

        OpenSsl.FreeContext(context);
    }

    public void Dispose()
    {
        lock (_creation)
        {
            _disposed = true;
            _key.Dispose();
        }

        FreeKept();
        GC.SuppressFinalize(this);
    }

    [MethodImpl(MethodImplOptions.NoInlining)]
    private unsafe nint CreateContext()
    {
        lock (_creation) // against Dispose, which unmaps the key
        {
            ObjectDisposedException.ThrowIf(_disposed, typeof(UnitSealer));
            nint context = OpenSsl.NewContext();
            if (context == 0)
            {
                throw new OutOfMemoryException("OpenSSL has no memory for a cipher context.");
            }

            fixed (byte* key = _key.Span)
            {
                int ok = _encrypts
                    ? OpenSsl.EncryptInit(context, _cipher, 0, key, null)
                    : OpenSsl.DecryptInit(context, _cipher, 0, key, null);
                if (ok == 1)
                {
                    return context;
                }
            }

            OpenSsl.FreeContext(context);
            OpenSsl.ClearErrors();
            throw new CryptographicException("OpenSSL refused to set up a cipher context.");
        }
    }

    private void FreeKept()
    {
        for (int i = 0; i <= _mask; i++)
        {
            nint context = Interlocked.Exchange(ref Slot(i), 0);
            if (context != 0)
            {
                OpenSsl.FreeContext(context);
            }
        }
    }

    private ref nint Slot(int number) => ref _slots[(number & _mask) * Stride];
}
