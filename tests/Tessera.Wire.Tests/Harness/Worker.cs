using Tessera.Core.FileSystem;
using static Tessera.Wire.Tests.Harness.WirePair;

namespace Tessera.Wire.Tests.Harness;

/// <summary>A program: makes files that must not be there, writes and renames them, removes every third, and compares what is left. An operation done twice fails.</summary>
internal sealed class Worker(WirePair pair, int number)
{
    private readonly Seeded random = new((ulong)number + 100);
    private readonly Dictionary<string, byte[]> expected = new(StringComparer.Ordinal);

    /// <summary>Null, or what was wrong.</summary>
    public async Task<string?> RunAsync(int rounds)
    {
        for (int i = 0; i < rounds; i++)
        {
            (string step, FsError error) = await RoundAsync(i);
            if (error != FsError.None)
            {
                return $"Worker {number}, round {i}, {step}: {error}";
            }
        }

        string[] there = [.. Directory.GetFiles(pair.Path, $"w{number}-*").Select(path => Path.GetFileName(path)!).Order(StringComparer.Ordinal)];
        if (!there.SequenceEqual(expected.Keys.Order(StringComparer.Ordinal), StringComparer.Ordinal))
        {
            return $"Worker {number}: names differ.";
        }

        return expected.All(file => File.ReadAllBytes(Path.Combine(pair.Path, file.Key)).AsSpan().SequenceEqual(file.Value)) ? null : $"Worker {number}: content differs.";
    }

    private async Task<(string Step, FsError Error)> RoundAsync(int round)
    {
        byte[] name = Name($"w{number}-new{round}");
        FsResult<OpenedFile> made = await pair.Files.CreateAsync(Me, 1, name, 0x1A4, OpenFlags.ReadWrite | OpenFlags.Exclusive);
        if (!made.Ok)
        {
            return ("create", made.Error);
        }

        var span = new FileSpan(made.Value.Attributes.Ino, made.Value.Handle, 0);
        byte[] content = random.Bytes(3000 + random.Next(200_000));
        for (int offset = 0; offset < content.Length; offset += 50_000)
        {
            int length = Math.Min(50_000, content.Length - offset);
            FsResult<int> written = await pair.Files.WriteAsync(Me, span with { Offset = (ulong)offset }, content.AsMemory(offset, length), WriteFlags.None);
            if (!written.Ok)
            {
                return ("write", written.Error);
            }
        }

        FsError flushed = await pair.Files.FlushAsync(Me, span.Ino, span.Handle);
        _ = await pair.Files.ReleaseAsync(span.Ino, span.Handle);
        if (flushed != FsError.None)
        {
            return ("flush", flushed);
        }

        string kept = $"w{number}-{round}";
        FsError renamed = await pair.Files.RenameAsync(Me, new DirectoryEntry(1, name), new DirectoryEntry(1, Name(kept)), RenameFlags.NoReplace);
        if (renamed != FsError.None || round % 3 != 0)
        {
            expected[kept] = content;
            return ("rename", renamed);
        }

        return ("unlink", await pair.Files.UnlinkAsync(Me, 1, Name(kept)));
    }
}
