namespace Tessera.Crypto;

/// <summary>A native library that Tessera calls is not installed. The message names the Debian package that has it.</summary>
public sealed class NativeLibraryMissingException : Exception
{
    public NativeLibraryMissingException(string library, string package, Exception? inner = null)
        : base($"The library {library} is missing. On Debian or Ubuntu install it with: apt-get install {package}", inner)
    {
        Library = library;
        Package = package;
    }

    /// <summary>The shared object that could not be loaded, for example <c>libxxhash.so.0</c>.</summary>
    public string Library { get; }

    /// <summary>The Debian package that contains it, for example <c>libxxhash0</c>.</summary>
    public string Package { get; }
}
