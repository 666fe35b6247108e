using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Crypto.Native;

/// <summary>Argon2id version 1.3 by the reference library (argon2.h, RFC 9106).</summary>
internal static unsafe partial class Argon2
{
    public const int Ok = 0;
    public const int MemoryAllocationError = -22; // ARGON2_MEMORY_ALLOCATION_ERROR
    public const int ThreadFail = -33;            // ARGON2_THREAD_FAIL
    private const uint Version13 = 0x13;
    private const int MadviseHugePage = 14;

    static Argon2() => NativeDependencies.Register();

    /// <summary>The inputs of one derivation; <see cref="Secret"/> and <see cref="Associated"/> are Argon2's K and X.</summary>
    internal readonly ref struct Input
    {
        public required ReadOnlySpan<byte> Password { get; init; }

        public required ReadOnlySpan<byte> Salt { get; init; }

        public ReadOnlySpan<byte> Secret { get; init; }

        public ReadOnlySpan<byte> Associated { get; init; }
    }

    /// <summary>Fills <paramref name="output"/>; 0 or one of the library's error codes.</summary>
    public static int Hash(Input input, uint memoryKiB, uint passes, uint lanes, Span<byte> output)
    {
        fixed (byte* password = input.Password, salt = input.Salt, secret = input.Secret, associated = input.Associated, target = output)
        {
            var context = new Context
            {
                Output = target,
                OutputLength = (uint)output.Length,
                Password = password,
                PasswordLength = (uint)input.Password.Length,
                Salt = salt,
                SaltLength = (uint)input.Salt.Length,
                Secret = secret,
                SecretLength = (uint)input.Secret.Length,
                Associated = associated,
                AssociatedLength = (uint)input.Associated.Length,
                Passes = passes,
                MemoryKiB = memoryKiB,
                Lanes = lanes,
                Threads = lanes,
                Version = Version13,
                Allocate = &AllocateMatrix,
                Free = &FreeMatrix,
            };
            return Argon2id(&context);
        }
    }

    [LibraryImport(NativeDependencies.Argon2, EntryPoint = "argon2id_ctx")]
    private static partial int Argon2id(Context* context);

    // Pages of our own: they certainly go back to the system afterwards, stay out of core dumps, and huge pages make the random
    // accesses of Argon2 cheaper. The library wipes them before it frees them.
    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static int AllocateMatrix(byte** memory, nuint length)
    {
        nint address = LibC.Map(0, length, LibC.ProtRead | LibC.ProtWrite, LibC.MapPrivate | LibC.MapAnonymous, -1, 0);
        if (address == LibC.MapFailed)
        {
            *memory = null;
            return MemoryAllocationError;
        }

        _ = LibC.Advise(address, length, LibC.MadviseDontDump);
        _ = LibC.Advise(address, length, MadviseHugePage);
        *memory = (byte*)address;
        return Ok;
    }

    [UnmanagedCallersOnly(CallConvs = [typeof(CallConvCdecl)])]
    private static void FreeMatrix(byte* memory, nuint length) => _ = LibC.Unmap((nint)memory, length);

    /// <summary>argon2_context.</summary>
    [StructLayout(LayoutKind.Sequential)]
    private struct Context
    {
        public byte* Output;
        public uint OutputLength;
        public byte* Password;
        public uint PasswordLength;
        public byte* Salt;
        public uint SaltLength;
        public byte* Secret;
        public uint SecretLength;
        public byte* Associated;
        public uint AssociatedLength;
        public uint Passes;
        public uint MemoryKiB;
        public uint Lanes;
        public uint Threads;
        public uint Version;
        public delegate* unmanaged[Cdecl]<byte**, nuint, int> Allocate;
        public delegate* unmanaged[Cdecl]<byte*, nuint, void> Free;
        public uint Flags;
    }
}
