using System.Buffers.Binary;
using System.Diagnostics;
using Tessera.Core.Stores;
using Tessera.Fuzz.Tests.Engine;
using Tessera.Fuzz.Tests.Fuse;

namespace Tessera.Fuzz.Tests.Planted;

/// <summary>The campaign is worth its time only if it finds mistakes: a few of each kind it is there for, each found soon.</summary>
[Trait("Campaign", "fuzz")]
public sealed class PlantedBugTests(ITestOutputHelper output)
{
    private const int Inputs = 100_000;
    private static readonly TimeSpan s_patience = TimeSpan.FromSeconds(5);

    /// <summary>A length, then a block reference.</summary>
    private static readonly byte[][] s_wellFormed = [[BlockReference.Size, 0, 0, 0, .. new byte[BlockReference.Size]]];

    [Fact]
    public void Length_that_is_believed_shows_a_handler_what_is_behind_the_message() =>
        Caught(new RequestDecoder(RecordedTraffic.Messages, static message =>
            message.Length < 40 ? message.Length : (int)Math.Clamp(BinaryPrimitives.ReadUInt32LittleEndian(message), 40, message.Length + 64)));

    [Fact]
    public void Skipped_length_check_is_an_exception_nobody_declared() =>
        Caught(new DecoderTarget("planted-unchecked", s_wellFormed, static value => BlockReference.Decode(value.AsSpan(Math.Min(4, value.Length)))) { Declared = [typeof(IOException)] });

    [Fact]
    public void Memory_for_a_claimed_length_is_more_than_allowed() =>
        Caught(new DecoderTarget("planted-allocation", s_wellFormed, static value => GC.KeepAlive(new byte[value.Length < 4 ? 0 : BinaryPrimitives.ReadUInt32LittleEndian(value) & 0xFFFFFFF])) { Declared = [] });

    [Fact]
    public void Memory_that_the_same_input_does_not_cost_again_is_the_runtimes()
    {
        bool isFirst = true;
        var target = new DecoderTarget("planted-once", s_wellFormed, _ => GC.KeepAlive(new byte[isFirst ? 1 << 20 : 0])) { Declared = [] };
        Trial.Run(target, s_wellFormed[0]).ShouldNotBeNull();
        target = new DecoderTarget("planted-once", s_wellFormed, _ =>
        {
            GC.KeepAlive(new byte[isFirst ? 1 << 20 : 0]);
            isFirst = false;
        }) { Declared = [] };
        Trial.Run(target, s_wellFormed[0]).ShouldBeNull();
    }

    [Fact]
    public void Walk_along_offsets_that_lead_back_hangs()
    {
        using var end = new ManualResetEventSlim();
        Caught(new DecoderTarget("planted-hang", [[1, 1, 1, 1, 1, 1, 1, 1]], value => Walk(value, end)) { Declared = [] }).What.ShouldContain("hangs");
        end.Set();
    }

    /// <summary>In a process of its own, for this one would not live to tell.</summary>
    [Fact]
    public async Task Byte_read_beyond_the_end_of_memory_ends_the_process()
    {
        string method = $"{typeof(PlantedBugTests).FullName}.{nameof(Reads_one_byte_too_far)}";
        using Process child = Process.Start(new ProcessStartInfo(Environment.ProcessPath!, ["-explicit", "only", "-method", method, "-noColor"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
            UseShellExecute = false,
        })!;
        Task<string> said = child.StandardOutput.ReadToEndAsync(TestContext.Current.CancellationToken);
        Task<string> complained = child.StandardError.ReadToEndAsync(TestContext.Current.CancellationToken);
        await child.WaitForExitAsync(TestContext.Current.CancellationToken);
        (await said).ShouldNotContain("SUMMARY");
        (await complained).ShouldContain(nameof(GuardedMemory));
        child.ExitCode.ShouldBeGreaterThan(128, "ended by a signal");
    }

    [Fact(Explicit = true)]
    public unsafe void Reads_one_byte_too_far()
    {
        using var memory = new GuardedMemory(4096);
        memory.ReadAt(memory.Place([1, 2, 3]) + 3).ShouldBe((byte)0);
    }

    private static void Walk(byte[] value, ManualResetEventSlim end)
    {
        for (int at = 0; at < value.Length; at += (sbyte)value[at])
        {
            if (at < 0)
            {
                return;
            }

            if (value[at] == 0)
            {
                end.Wait();
                return;
            }
        }
    }

    private Finding Caught(FuzzTarget target)
    {
        Finding? finding = FuzzRunner.Find(target, seed: 1, Inputs, s_patience);
        output.WriteLine(finding?.ToString() ?? "Nothing was found.");
        return finding.ShouldNotBeNull();
    }
}
