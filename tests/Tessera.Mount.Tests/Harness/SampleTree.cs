using System.Globalization;

namespace Tessera.Mount.Tests.Harness;

/// <summary>Makes trees of files as source trees are: many small files, a few large ones, links, scripts, empty files and odd names.</summary>
internal static class SampleTree
{
    private const int FilesPerDirectory = 40;
    private const int LargeFileEvery = 500;
    private const int LargeBytes = 3 * 1024 * 1024 + 17;
    private const int SmallBytes = 12 * 1024;

    /// <summary>The same seed makes the same tree.</summary>
    public static void Create(string root, int files, int seed)
    {
        var random = new Random(seed);
        byte[] buffer = new byte[LargeBytes];
        for (int i = 0; i < files; i++)
        {
            string directory = Path.Combine(root, $"part{i / FilesPerDirectory / 10}", $"module{i / FilesPerDirectory}");
            Directory.CreateDirectory(directory);
            int length = i % LargeFileEvery == 0 ? LargeBytes : random.Next(SmallBytes);
            FillWithWords(buffer.AsSpan(0, length), random);
            File.WriteAllBytes(Path.Combine(directory, NameOf(i)), buffer.AsSpan(0, length).ToArray());
        }

        CreateOddities(Path.Combine(root, "odd"));
    }

    private static string NameOf(int i) => (i % 7) switch
    {
        0 => string.Create(CultureInfo.InvariantCulture, $"größe {i}.txt"),
        1 => string.Create(CultureInfo.InvariantCulture, $"{new string('n', 200)}{i}"),
        _ => string.Create(CultureInfo.InvariantCulture, $"file{i}.c"),
    };

    private static void CreateOddities(string directory)
    {
        Directory.CreateDirectory(Path.Combine(directory, "empty"));
        File.WriteAllText(Path.Combine(directory, "empty.txt"), string.Empty);
        File.WriteAllText(Path.Combine(directory, "run.sh"), "#!/bin/sh\necho ran\n");
        File.SetUnixFileMode(Path.Combine(directory, "run.sh"), UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute);
        File.WriteAllText(Path.Combine(directory, "secret"), "s");
        File.SetUnixFileMode(Path.Combine(directory, "secret"), UnixFileMode.UserRead);
        File.CreateSymbolicLink(Path.Combine(directory, "to-file"), "run.sh");
        File.CreateSymbolicLink(Path.Combine(directory, "to-nowhere"), "../no such thing");
    }

    private static void FillWithWords(Span<byte> text, Random random)
    {
        random.NextBytes(text);
        for (int i = 0; i < text.Length; i++)
        {
            text[i] = (text[i] & 0x3F) < 50 ? (byte)('a' + (text[i] % 26)) : (text[i] & 1) == 0 ? (byte)' ' : (byte)'\n';
        }
    }
}
