using System.Buffers.Binary;
using Tessera.Container.Format;
using Tessera.Container.Sealing;
using Tessera.Container.Tree;
using Tessera.Core.Stores;

namespace Tessera.Container.Tests.Tree;

public sealed class NodeBuilderTests
{
    private const int Seed = 20261121;
    private const int KeyLength = 17;

    /// <summary>What is held back at the end may be two nodes to the last byte, or a byte less, and so on.</summary>
    [Theory]
    [InlineData(0)]
    [InlineData(1)]
    [InlineData(10)]
    [InlineData(600)]
    public void No_node_is_too_large_whatever_is_left_at_the_end(int filler)
    {
        for (int missing = 0; missing <= 2 * Node.HeaderLength; missing++)
        {
            var nodes = new List<Node>();
            var builder = new NodeBuilder(0, 1, (_, bytes) => nodes.Add(Parse(bytes)));
            int wanted = (2 * Geometry.MaxNode) - missing;
            int entries = 0;
            while (wanted - Math.Max(builder.PendingLength, Node.HeaderLength) >= LengthWith(filler) + LengthWith(0))
            {
                builder.Add(Key(entries++), new byte[filler], 1);
            }

            int rest = wanted - builder.PendingLength;
            builder.Add(Key(entries++), new byte[rest - LengthWith(0)], 1);
            builder.PendingLength.ShouldBe(wanted);

            builder.Close();

            ShouldHoldAll(nodes, entries, $"{missing} bytes less than two nodes");
        }
    }

    [Theory]
    [InlineData(1)]
    [InlineData(40)]
    [InlineData(StoreLimits.MaxValue)]
    public void No_node_is_too_large_with_values_of_any_lengths(int longest)
    {
        var random = new Random(Seed + longest);
        for (int round = 0; round < 200; round++)
        {
            var nodes = new List<Node>();
            var builder = new NodeBuilder(0, 1, (_, bytes) => nodes.Add(Parse(bytes)));
            int entries = random.Next(1, 6 * Geometry.MaxNode / LengthWith(longest / 2));
            for (int i = 0; i < entries; i++)
            {
                builder.Add(Key(i), new byte[random.Next(longest + 1)], 1);
            }

            builder.Close();

            ShouldHoldAll(nodes, entries, $"seed {Seed + longest}, round {round}");
        }
    }

    private static Node Parse(byte[] bytes)
    {
        bytes.Length.ShouldBeLessThanOrEqualTo(Geometry.MaxNode);
        return Node.TryParse(bytes, 1, 1).ShouldNotBeNull();
    }

    private static void ShouldHoldAll(List<Node> nodes, int entries, string why)
    {
        int next = 0;
        foreach (Node node in nodes)
        {
            for (int i = 0; i < node.Count; i++)
            {
                node.Key(i).SequenceEqual(Key(next++)).ShouldBeTrue(why);
            }
        }

        next.ShouldBe(entries, why);
    }

    private static int LengthWith(int valueLength) => Node.LeafEntryHeader + sizeof(ushort) + KeyLength + valueLength;

    private static byte[] Key(int number)
    {
        byte[] key = new byte[KeyLength];
        BinaryPrimitives.WriteInt32BigEndian(key, number);
        return key;
    }
}
