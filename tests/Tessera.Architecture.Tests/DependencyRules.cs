using System.Xml.Linq;

namespace Tessera.Architecture.Tests;

/// <summary>Who may know whom.</summary>
internal static class DependencyRules
{
    /// <summary>From the bottom to the top.</summary>
    private static readonly string[] Order =
    [
        "Tessera.Core", "Tessera.Fuse", "Tessera.Crypto", "Tessera.Container", "Tessera.Content", "Tessera.Volumes", "Tessera.HostFiles", "Tessera.Doors", "Tessera.Wire", "Tessera.Host", "Tessera.Server",
    ];

    public static readonly Rule ProjectsReferDownwards = new(
        $"A project refers only to projects below it: {string.Join(" < ", Order)}.",
        repository =>
            from project in ProductProjects(repository)
            from reference in References(project)
            where Rank(reference) < 0 || Rank(project.Project) < 0 || Rank(reference) >= Rank(project.Project)
            select $"{project.Path}: refers to {reference}");

    public static readonly Rule ProtocolLibrariesKnowNoEngine = new(
        "Protocol libraries know nothing of the engine: Tessera.Fuse refers to no project, Tessera.Wire to Tessera.Core only.",
        repository =>
            from project in ProductProjects(repository)
            where project.Project is "Tessera.Fuse" or "Tessera.Wire"
            from reference in References(project)
            where project.Project is "Tessera.Fuse" || reference is not "Tessera.Core"
            select $"{project.Path}: refers to {reference}");

    public static readonly Rule DoorsSeeFileSystems = new(
        "Doors see file systems, never a store.",
        repository =>
            (from project in ProductProjects(repository)
             where project.Project is "Tessera.Doors"
             from reference in References(project)
             where reference is not ("Tessera.Core" or "Tessera.Fuse")
             select $"{project.Path}: refers to {reference}")
            .Concat(Mentions(repository, file => file.Project is "Tessera.Doors", "Tessera.Core.Stores", "IVolumeStore")));

    public static readonly Rule OnlyHostNamesAStore = new(
        "Only Host names a concrete store.",
        repository => Mentions(repository, file => file.Project is not ("Tessera.Host" or "Tessera.Container"), "using Tessera.Container", "Tessera.Container."));

    private static IEnumerable<RepositoryFile> ProductProjects(Repository repository) =>
        repository.Projects.Where(file => file.Path.StartsWith("src/", StringComparison.Ordinal));

    private static IEnumerable<string> References(RepositoryFile project) =>
        XDocument.Parse(project.Text).Descendants("ProjectReference")
            .Select(reference => Path.GetFileNameWithoutExtension(reference.Attribute("Include")!.Value));

    /// <summary>Code, not comments: a comment may say what is above it.</summary>
    private static IEnumerable<string> Mentions(Repository repository, Func<RepositoryFile, bool> within, params string[] words) =>
        from file in repository.ProductSources
        where within(file)
        let code = CodeText.WithoutComments(file.Syntax)
        from word in words
        where code.Contains(word, StringComparison.Ordinal)
        select $"{file.Path}: names {word}";

    private static int Rank(string project) => Array.IndexOf(Order, project);
}
