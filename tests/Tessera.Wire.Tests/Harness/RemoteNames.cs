using Tessera.Core.FileSystem;

namespace Tessera.Wire.Tests.Harness;

/// <summary>Makes things in the root of the imported files.</summary>
internal sealed class RemoteNames(WirePair pair)
{
    public async Task<InodeAttributes> MakeAsync(string name, uint mode)
    {
        FsResult<InodeAttributes> made = await pair.Files.MakeNodeAsync(WirePair.Me, FsLimits.RootInode, WirePair.Name(name), new NewNode(mode, 0, default));
        made.Error.ShouldBe(FsError.None, name);
        return made.Value;
    }
}
