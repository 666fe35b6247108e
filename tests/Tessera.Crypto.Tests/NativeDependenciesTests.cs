using Tessera.Crypto.Native;

namespace Tessera.Crypto.Tests;

public sealed class NativeDependenciesTests
{
    [Fact]
    public void Load_missing_library_names_the_package()
    {
        var missing = Should.Throw<NativeLibraryMissingException>(() => NativeDependencies.Load("libnot-there.so.9", "libnot-there9"));

        missing.Message.ShouldContain("libnot-there.so.9");
        missing.Message.ShouldContain("apt-get install libnot-there9");
    }
}
