namespace Tessera.Architecture.Tests;

/// <summary>The files of a source tree: this repository's, or one that a test planted.</summary>
internal sealed class Repository
{
    /// <summary>What tools make, what git keeps, and what is not ours.</summary>
    private static readonly HashSet<string> Ignored = new(StringComparer.Ordinal) { "bin", "obj", "artifacts", "node_modules", ".git", "TestResults" };

    private readonly List<RepositoryFile> _files = [];

    public Repository(string root)
    {
        Root = root;
        Collect(new DirectoryInfo(root));
        _files.Sort((a, b) => string.CompareOrdinal(a.Path, b.Path));
    }

    public string Root { get; }

    /// <summary>In the order of their paths.</summary>
    public IReadOnlyList<RepositoryFile> Files => _files;

    public IEnumerable<RepositoryFile> Sources => _files.Where(file => file.Path.EndsWith(".cs", StringComparison.Ordinal));

    public IEnumerable<RepositoryFile> ProductSources => Sources.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal));

    public IEnumerable<RepositoryFile> Projects => _files.Where(file => file.Path.EndsWith(".csproj", StringComparison.Ordinal));

    /// <summary>The repository that this test was built from.</summary>
    public static Repository Own()
    {
        DirectoryInfo? directory = new(AppContext.BaseDirectory);
        while (directory is not null && !File.Exists(Path.Combine(directory.FullName, "Tessera.slnx")))
        {
            directory = directory.Parent;
        }

        return new Repository(directory?.FullName ?? throw new InvalidOperationException("No Tessera.slnx above the test."));
    }

    private void Collect(DirectoryInfo directory)
    {
        foreach (FileSystemInfo entry in directory.EnumerateFileSystemInfos())
        {
            if (entry is DirectoryInfo inner && inner.LinkTarget is null && !Ignored.Contains(inner.Name))
            {
                Collect(inner);
            }
            else if (entry is FileInfo { Name: not ".git" })
            {
                _files.Add(new RepositoryFile(Root, Path.GetRelativePath(Root, entry.FullName)));
            }
        }
    }
}
