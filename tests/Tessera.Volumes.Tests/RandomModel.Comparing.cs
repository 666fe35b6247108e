using Tessera.Core.FileSystem;
using Tessera.Testing.Models;

namespace Tessera.Volumes.Tests;

internal sealed partial class RandomModel
{
    private async Task CompareAsync(ReferenceNode directory)
    {
        Dictionary<string, InodeAttributes> listed = [];
        foreach ((string name, _, InodeAttributes attributes) in await fixture.ListAsync(directory.Ino, random.Next(1, 10), attributes: true))
        {
            listed.TryAdd(name, attributes).ShouldBeTrue($"{name} is listed twice");
        }

        listed[".."].Ino.ShouldBe(directory.Parent?.Ino ?? FsLimits.RootInode);
        listed["."].Ino.ShouldBe(directory.Ino);
        listed.Remove(".");
        listed.Remove("..");
        listed.Keys.ShouldBe(directory.Children.Keys, ignoreOrder: true);
        foreach ((string name, ReferenceNode node) in directory.Children)
        {
            Compare(node, listed[name]);
            await CompareContentAsync(node);
            if (node.IsDirectory)
            {
                await CompareAsync(node);
            }
        }
    }

    private async Task CompareContentAsync(ReferenceNode node)
    {
        if (node.IsRegular)
        {
            byte[] data = await fixture.ReadAsync(node.Ino, 0, maxFile * 2);
            data.AsSpan().SequenceEqual(node.Data).ShouldBeTrue($"content of inode {node.Ino}");
        }
        else if (ModeBits.IsSymlink(node.Mode))
        {
            byte[] target = new byte[FsLimits.MaxSymlink];
            FsResult<int> length = await fixture.Volume.ReadLinkAsync(VolumeFixture.Root, node.Ino, target);
            target[..length.Value].ShouldBe(node.Data);
        }

        foreach ((string name, byte[] value) in node.Xattrs)
        {
            byte[] actual = new byte[FsLimits.MaxXattrValue];
            FsResult<int> length = await fixture.Volume.GetXattrAsync(VolumeFixture.Root, node.Ino, VolumeFixture.Name(name), actual);
            actual[..length.Value].AsSpan().SequenceEqual(value).ShouldBeTrue();
        }
    }

    private static void Compare(ReferenceNode node, in InodeAttributes attributes)
    {
        attributes.Ino.ShouldBe(node.Ino);
        attributes.Mode.ShouldBe(node.Mode);
        attributes.Gid.ShouldBe(node.Gid);
        attributes.LinkCount.ShouldBe((uint)node.Links);
        attributes.Size.ShouldBe((ulong)(node.IsDirectory ? node.Children.Count : node.Data.Length));
    }
}
