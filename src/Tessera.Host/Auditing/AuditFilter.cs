using System.IO.Enumeration;

namespace Tessera.Host.Auditing;

/// <summary>Which lines are asked for: those that everything said here is true of.</summary>
internal sealed record AuditFilter
{
    /// <summary>'*' and '?' as in a shell; null: any.</summary>
    public string? Workspace { get; init; }

    /// <summary>A path, with all beneath it; or, with '*' or '?' in it, a pattern for whole paths, '/' included.</summary>
    public string? Path { get; init; }

    /// <summary>Empty: any.</summary>
    public IReadOnlyList<string> Operations { get; init; } = [];

    public long? User { get; init; }

    /// <summary>At that time or later.</summary>
    public DateTimeOffset? Since { get; init; }

    /// <summary>Before that time.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>What was not done, clients that were sent away included.</summary>
    public bool Failed { get; init; }

    public bool Takes(AuditLine line) =>
        (Since is null || line.Time >= Since)
        && (Until is null || line.Time < Until)
        && (Workspace is null || (line.Workspace is { } workspace && FileSystemName.MatchesSimpleExpression(Workspace, workspace, ignoreCase: false)))
        && (Operations.Count == 0 || Operations.Contains(line.Operation, StringComparer.Ordinal))
        && (User is null || line.Uid == User)
        && (!Failed || line.Errno > 0 || line.Operation == "refuse")
        && (Path is null || Covers(line.Path) || Covers(line.NewPath));

    private bool Covers(string? path)
    {
        if (path is null)
        {
            return false;
        }

        string wanted = Path!.Trim('/');
        return wanted.AsSpan().IndexOfAny('*', '?') >= 0
            ? FileSystemName.MatchesSimpleExpression(wanted, path, ignoreCase: false)
            : wanted.Length == 0 || path == wanted || (path.StartsWith(wanted, StringComparison.Ordinal) && path[wanted.Length] == '/');
    }
}
