using Tessera.Core.FileSystem;
using static Tessera.Volumes.Tests.VolumeFixture;

namespace Tessera.Volumes.Tests;

/// <summary>What is read before anybody asks for it.</summary>
public sealed class ReadAheadTests
{
    private const int Request = 1 << 20;

    /// <summary>Before this many requests nobody knows that they come in a row.</summary>
    private const int BeforeItIsKnown = 3;
    private const int Requests = 40;

    [Fact]
    public async Task One_who_waits_for_each_read_finds_the_next_blocks_under_way()
    {
        (long hits, byte[] wanted, byte[] found) = await ReadInARowAsync(OpenFlags.Direct);

        found.ShouldBe(wanted);
        hits.ShouldBeGreaterThanOrEqualTo(Requests - BeforeItIsKnown);
    }

    [Fact]
    public async Task The_kernel_which_reads_ahead_itself_gets_large_reads_without_a_copy()
    {
        (long hits, byte[] wanted, byte[] found) = await ReadInARowAsync(OpenFlags.ReadOnly);

        found.ShouldBe(wanted);
        hits.ShouldBe(0);
    }

    private static async Task<(long Hits, byte[] Wanted, byte[] Found)> ReadInARowAsync(OpenFlags flags)
    {
        VolumeFixture fixture = await NewAsync();
        InodeAttributes file = await fixture.MakeAsync(FsLimits.RootInode, "large");
        byte[] wanted = Pattern(Requests * Request, seed: 11);
        for (int at = 0; at < wanted.Length; at += Request)
        {
            await fixture.WriteAsync(file.Ino, at, wanted.AsMemory(at, Request));
        }

        await fixture.FlushAsync(file.Ino);
        await fixture.ReopenAsync();
        FsResult<ulong> opened = await fixture.Volume.OpenAsync(Root, file.Ino, flags);
        byte[] found = new byte[wanted.Length];
        for (int at = 0; at < wanted.Length; at += Request)
        {
            FsResult<int> read = await fixture.Volume.ReadAsync(Root, new FileSpan(file.Ino, opened.Value, (ulong)at), found.AsMemory(at, Request));
            read.Value.ShouldBe(Request);
        }

        return (fixture.Volume.Caches.Blocks.Hits, wanted, found);
    }
}
