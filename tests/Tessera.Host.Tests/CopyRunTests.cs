using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Host.CommandLine;
using Tessera.Host.Copying;

namespace Tessera.Host.Tests;

/// <summary>One copy between two directories: what goes wrong in the target is found and named, what is interrupted goes on.</summary>
public sealed class CopyRunTests : IDisposable
{
    private const int Chunk = CopyLimits.ChunkBytes;
    private readonly string directory = Directory.CreateTempSubdirectory("tessera-copy-").FullName;
    private readonly CopyTally tally = new();
    private readonly CancellationTokenSource interrupt = new();

    public CopyRunTests()
    {
        Directory.CreateDirectory(At("from/sub"));
        Directory.CreateDirectory(At("to"));
        File.WriteAllText(At("from/sub/small"), "small");
        byte[] large = new byte[(3 * Chunk) + 5];
        new Random(7).NextBytes(large);
        File.WriteAllBytes(At("from/large"), large);
        File.CreateSymbolicLink(At("from/link"), "sub/small");
        File.SetLastWriteTimeUtc(At("from/sub/small"), new DateTime(2001, 2, 3, 4, 5, 6, 789, DateTimeKind.Utc).AddTicks(1234));
    }

    public void Dispose()
    {
        interrupt.Dispose();
        Directory.Delete(directory, recursive: true);
    }

    [Fact]
    public async Task A_copy_is_complete_and_clears_its_own_directory_away()
    {
        await CopyAsync((_, _) => null);

        tally.Failures.ShouldBeEmpty();
        Directory.Exists(At("to/.tessera-copy")).ShouldBeFalse();
        File.ReadAllBytes(At("to/large")).ShouldBe(File.ReadAllBytes(At("from/large")));
        File.GetLastWriteTimeUtc(At("to/sub/small")).ShouldBe(File.GetLastWriteTimeUtc(At("from/sub/small")));
        File.GetLastWriteTimeUtc(At("to")).ShouldBe(File.GetLastWriteTimeUtc(At("from")));
        File.ResolveLinkTarget(At("to/link"), returnFinalTarget: false)!.FullName.ShouldBe(At("to/sub/small"));
        tally.VerifiedNames.ShouldBe(5);
        tally.VerifiedBytes.ShouldBe((3 * Chunk) + 5 + 5);
    }

    /// <summary>The three bugs planted: a byte, a time, an attribute. Each is a target that answers "done" and has done something else.</summary>
    [Theory]
    [InlineData("byte", "large", "differs from its source at byte 1048577")]
    [InlineData("time", "small", "another modification time")]
    [InlineData("mode", "small", "has mode")]
    [InlineData("end", "large", "bytes instead of")]
    public async Task A_target_that_writes_something_else_is_found_out(string what, string name, string sentence)
    {
        await CopyAsync((method, arguments) =>
        {
            switch (what, method, arguments.Length > 2 ? arguments[2] : null)
            {
                case ("byte", nameof(IFileSystem.WriteAsync), ReadOnlyMemory<byte> { Length: Chunk } content) when (FileSpan)arguments[1]! is { Offset: Chunk }:
                    byte[] changed = content.ToArray();
                    changed[1] ^= 1;
                    arguments[2] = (ReadOnlyMemory<byte>)changed;
                    break;
                case ("time", nameof(IFileSystem.SetAttributesAsync), AttributeChanges changes):
                    arguments[2] = changes with { ModifyTime = changes.ModifyTime with { Nanoseconds = 0 } };
                    break;
                case ("mode", nameof(IFileSystem.SetAttributesAsync), AttributeChanges changes):
                    arguments[2] = changes with { Mask = changes.Mask & ~AttributeMask.Mode };
                    break;
                case ("end", nameof(IFileSystem.SetAttributesAsync), AttributeChanges { Size: > 5 } changes):
                    arguments[2] = changes with { Size = changes.Size - 1 };
                    break;
            }

            return null;
        });

        tally.Failures.ShouldContain(failure => failure.Path.EndsWith(name) && failure.Reason.Contains(sentence), string.Join('\n', tally.Failures));
    }

    [Fact]
    public async Task Two_names_of_one_file_that_became_two_files_are_found_out()
    {
        Directory.CreateDirectory(At("from/links"));
        Link(At("from/sub/small"), At("from/links/other"));

        await CopyAsync((method, arguments) =>
        {
            // The state's own link is made; the second name is not one.
            if (method != nameof(IFileSystem.LinkAsync) || !((ReadOnlyMemory<byte>)arguments[3]!).Span.SequenceEqual("other"u8) && !((ReadOnlyMemory<byte>)arguments[3]!).Span.SequenceEqual("small"u8))
            {
                return null;
            }

            string name = Encoding.UTF8.GetString(((ReadOnlyMemory<byte>)arguments[3]!).Span);
            string path = name == "other" ? At("to/links/other") : At("to/sub/small");
            File.Copy(At("from/sub/small"), path);
            File.SetLastWriteTimeUtc(path, File.GetLastWriteTimeUtc(At("from/sub/small")));
            return ValueTask.FromResult<FsResult<InodeAttributes>>(new InodeAttributes());
        });

        tally.Failures.ShouldHaveSingleItem().Reason.ShouldContain("a file of its own");
    }

    [Fact]
    public async Task An_interrupted_copy_leaves_no_half_file_under_its_name_and_goes_on_within_it()
    {
        await Should.ThrowAsync<OperationCanceledException>(() => CopyAsync(
            (method, arguments) =>
            {
                if (method == nameof(IFileSystem.WriteAsync) && (FileSpan)arguments[1]! is { Offset: Chunk })
                {
                    interrupt.Cancel();
                }

                return null;
            }));
        File.Exists(At("to/large")).ShouldBeFalse();
        long before = tally.Bytes;

        await CopyUntilAsync((_, _) => null, CancellationToken.None);

        tally.Failures.ShouldBeEmpty();
        (tally.Bytes - before).ShouldBeLessThanOrEqualTo(Chunk + 5 + 5, "the two chunks written before are not written again");
        File.ReadAllBytes(At("to/large")).ShouldBe(File.ReadAllBytes(At("from/large")));
        Directory.Exists(At("to/.tessera-copy")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_full_target_ends_the_copy_and_names_where()
    {
        CopyException fault = await Should.ThrowAsync<CopyException>(() => CopyAsync(
            (method, arguments) => method == nameof(IFileSystem.WriteAsync) && (FileSpan)arguments[1]! is { Offset: Chunk }
                ? ValueTask.FromResult<FsResult<int>>(FsError.NoSpace)
                : null));

        fault.Message.ShouldStartWith("large ");
        Refusal.From(fault).Code.ShouldBe(ExitCode.NoSpace);
        File.Exists(At("to/large")).ShouldBeFalse();
    }

    [Fact]
    public async Task A_file_that_is_written_to_meanwhile_is_not_copied_and_named()
    {
        await CopyAsync((method, arguments) =>
        {
            if (method == nameof(IFileSystem.WriteAsync) && (FileSpan)arguments[1]! is { Offset: Chunk })
            {
                File.AppendAllText(At("from/large"), "more");
            }

            return null;
        });

        tally.Failures.ShouldHaveSingleItem().ToString().ShouldStartWith("large was changed while it was copied");
        File.Exists(At("to/large")).ShouldBeFalse();
        File.Exists(At("to/sub/small")).ShouldBeTrue("the others are copied");
    }

    private async Task CopyAsync(Func<string, object?[], object?> instead) => await CopyUntilAsync(instead, interrupt.Token);

    private async Task CopyUntilAsync(Func<string, object?[], object?> instead, CancellationToken cancellation)
    {
        await using HostPlace source = HostPlace.Open(At("from"), readOnly: true);
        await using var target = new TamperedPlace(At("to"), instead);
        using var line = new ProgressLine(quiet: true);
        await CopyRun.RunAsync(source, target, new CopyJob(tally, new CopyProgress(line, tally, json: false), Replaces: false, cancellation));
    }

    private static void Link(string existing, string name)
    {
        using var ln = System.Diagnostics.Process.Start("ln", [existing, name]);
        ln.WaitForExit();
        ln.ExitCode.ShouldBe(0);
    }

    private string At(string name) => Path.Combine(directory, name);
}
