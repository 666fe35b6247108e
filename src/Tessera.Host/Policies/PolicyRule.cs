using System.IO.Enumeration;

namespace Tessera.Host.Policies;

/// <summary>One line of a policy.</summary>
/// <param name="Allows">Otherwise it denies.</param>
/// <param name="Rights">What.</param>
/// <param name="Path">The path, without a '/' at its ends; the rule is for it and all beneath it. Empty: the whole workspace.</param>
/// <param name="Workspaces">The names of the workspaces it is for: '*' and '?' as in a shell.</param>
internal sealed record PolicyRule(bool Allows, AccessRights Rights, byte[] Path, string Workspaces)
{
    public bool IsFor(string workspace) => FileSystemName.MatchesSimpleExpression(Workspaces, workspace, ignoreCase: false);

    /// <summary>The path is the rule's, or beneath it.</summary>
    public bool Covers(ReadOnlySpan<byte> path) => IsAtOrBeneath(path, Path);

    /// <summary>The rule's path is beneath that path.</summary>
    public bool LiesBeneath(ReadOnlySpan<byte> path) => Path.Length > path.Length && IsAtOrBeneath(Path, path);

    private static bool IsAtOrBeneath(ReadOnlySpan<byte> path, ReadOnlySpan<byte> prefix) =>
        prefix.IsEmpty || (path.StartsWith(prefix) && (path.Length == prefix.Length || path[prefix.Length] == (byte)'/'));
}
