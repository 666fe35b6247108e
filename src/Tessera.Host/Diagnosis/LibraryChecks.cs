using System.Runtime.InteropServices;

namespace Tessera.Host.Diagnosis;

/// <summary>The native libraries that Tessera calls, and the Debian packages that have them.</summary>
internal static class LibraryChecks
{
    private static readonly (string Library, string Package, string Purpose)[] Needed =
    [
        ("libcrypto.so.3", "libssl3", "seals and opens the data"),
        ("libargon2.so.1", "libargon2-1", "derives keys from passphrases"),
        ("libxxhash.so.0", "libxxhash0", "finds damage in volumes"),
    ];

    public static IEnumerable<Finding> Run() => Needed.Select(needed => Check(needed.Library, needed.Package, needed.Purpose));

    internal static Finding Check(string library, string package, string purpose)
    {
        if (!NativeLibrary.TryLoad(library, out nint handle))
        {
            return new Finding(library, FindingLevel.Missing, $"The library that {purpose} is not installed.", $"sudo apt-get install {package}");
        }

        NativeLibrary.Free(handle);
        return new Finding(library, FindingLevel.Ok, purpose);
    }
}
