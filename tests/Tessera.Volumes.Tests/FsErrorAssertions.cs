using Tessera.Core.FileSystem;

namespace Tessera.Volumes.Tests;

internal static class FsErrorAssertions
{
    /// <summary>Asserts success without allocating, for tests that count bytes.</summary>
    public static void ShouldBeNone(this FsError error)
    {
        if (error != FsError.None)
        {
            throw new InvalidOperationException(error.ToString());
        }
    }
}
