using System.Reflection;
using System.Runtime.InteropServices;

namespace Tessera.Crypto.Native;

/// <summary>Loads the native libraries of this assembly and says which package to install when one is missing.</summary>
internal static class NativeDependencies
{
    public const string Crypto = "libcrypto.so.3";
    public const string XxHash = "libxxhash.so.0";
    public const string Argon2 = "libargon2.so.1";

    static NativeDependencies() => NativeLibrary.SetDllImportResolver(typeof(NativeDependencies).Assembly, Resolve);

    /// <summary>Called by the static constructor of every import class, so that the resolver stands before the first call.</summary>
    public static void Register()
    {
        // Running the static constructor is the whole effect; the runtime does it exactly once.
    }

    /// <summary>Loads <paramref name="library"/>, or names the package that contains it.</summary>
    /// <exception cref="NativeLibraryMissingException">The library is not installed.</exception>
    public static nint Load(string library, string package)
    {
        try
        {
            return NativeLibrary.Load(library);
        }
        catch (Exception e) when (e is DllNotFoundException or BadImageFormatException)
        {
            throw new NativeLibraryMissingException(library, package, e);
        }
    }

    private static nint Resolve(string library, Assembly assembly, DllImportSearchPath? searchPath) => library switch
    {
        Crypto => Load(library, "libssl3"),
        XxHash => Load(library, "libxxhash0"),
        Argon2 => Load(library, "libargon2-1"),
        _ => 0, // libc: the runtime's own search finds it
    };
}
