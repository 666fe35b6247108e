using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Crypto.Native;

/// <summary>The EVP cipher calls of OpenSSL 3 (EVP_EncryptInit(3)).</summary>
/// <remarks>
/// The calls that only touch a context (set the IV, add a few associated bytes, read the tag) last well under a microsecond and never
/// block, so they skip the garbage collector's transition. The two that run over the data keep it: a unit of 64 KiB takes 16 µs.
/// </remarks>
internal static unsafe partial class OpenSsl
{
    public const int GetTag = 0x10; // EVP_CTRL_AEAD_GET_TAG
    public const int SetTag = 0x11; // EVP_CTRL_AEAD_SET_TAG

    private const ulong NoAtExit = 0x0008_0000; // OPENSSL_INIT_NO_ATEXIT

    // Without this flag OpenSSL tears itself down in exit(3) while daemon threads may still be sealing.
    static OpenSsl()
    {
        NativeDependencies.Register();
        _ = Initialize(NoAtExit, 0);
    }

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "OPENSSL_init_crypto")]
    private static partial int Initialize(ulong options, nint settings);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_CIPHER_fetch", StringMarshalling = StringMarshalling.Utf8)]
    public static partial nint FetchCipher(nint libraryContext, string algorithm, nint properties);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_CIPHER_CTX_new")]
    public static partial nint NewContext();

    /// <summary>Frees a context; OpenSSL clears the key schedule in it first.</summary>
    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_CIPHER_CTX_free")]
    public static partial void FreeContext(nint context);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_EncryptInit_ex")]
    [SuppressGCTransition]
    public static partial int EncryptInit(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_DecryptInit_ex")]
    [SuppressGCTransition]
    public static partial int DecryptInit(nint context, nint cipher, nint engine, byte* key, byte* iv);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_EncryptUpdate")]
    public static partial int EncryptUpdate(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_DecryptUpdate")]
    public static partial int DecryptUpdate(nint context, byte* output, int* written, byte* input, int length);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_EncryptFinal_ex")]
    [SuppressGCTransition]
    public static partial int EncryptFinal(nint context, byte* output, int* written);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_DecryptFinal_ex")]
    [SuppressGCTransition]
    public static partial int DecryptFinal(nint context, byte* output, int* written);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "EVP_CIPHER_CTX_ctrl")]
    [SuppressGCTransition]
    public static partial int Control(nint context, int command, int argument, byte* value);

    [LibraryImport(NativeDependencies.Crypto, EntryPoint = "ERR_clear_error")]
    public static partial void ClearErrors();
}
