namespace Tessera.Fuzz.Tests.Engine;

/// <summary>The inputs that once did harm: a target's name and hexadecimal on each line of <c>Cases/*.txt</c>; comments begin with #.</summary>
public static class CaseFile
{
    public static IEnumerable<byte[]> For(string target) =>
        from path in Directory.EnumerateFiles(Path.Combine(AppContext.BaseDirectory, "Cases"), "*.txt").Order(StringComparer.Ordinal)
        from line in File.ReadLines(path)
        where line.Length > 0 && line[0] != '#'
        let parts = line.Split(' ', 3)
        where parts[0] == target
        select HexCase.Parse(parts[1]);
}
