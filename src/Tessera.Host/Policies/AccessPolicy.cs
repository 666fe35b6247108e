using System.Text;
using System.Text.Json;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Policies;

/// <summary>What programs may do in which workspaces, by path: the file of "serve --policy", a line of JSON for each rule (docs/guide/workspaces.md, "Who may do what").</summary>
internal sealed class AccessPolicy
{
    /// <summary>Rules in one file.</summary>
    public const int MaxRules = 4096;

    /// <summary>Longest path of a rule, bytes.</summary>
    public const int MaxPath = 4096;

    private const int MaxFileBytes = 4 << 20;
    private const UnixFileMode WrittenByOthers = UnixFileMode.GroupWrite | UnixFileMode.OtherWrite;
    private static readonly JsonDocumentOptions Strict = new() { AllowDuplicateProperties = false, MaxDepth = 4 };

    private readonly List<PolicyRule> rules = [];
    private bool? allows;

    private AccessPolicy()
    {
    }

    /// <exception cref="CommandException">There is no such file, others may write it, or a line of it is no rule.</exception>
    public static AccessPolicy Read(string file)
    {
        var info = new FileInfo(file);
        if (!info.Exists || info.Length > MaxFileBytes)
        {
            throw new CommandException(ExitCode.Usage, $"The policy {file} is not there, or far too long.");
        }

        if ((info.UnixFileMode & WrittenByOthers) != UnixFileMode.None)
        {
            throw new CommandException(ExitCode.Usage, $"Others than its owner may write {file}, and so allow what they like.", $"chmod go-w {file}");
        }

        return Parse(File.ReadAllLines(file), file);
    }

    /// <param name="lines">Those of a file; empty ones, and those that begin with '#', say nothing.</param>
    /// <param name="file">For messages.</param>
    /// <exception cref="CommandException">A line is no rule.</exception>
    public static AccessPolicy Parse(IReadOnlyList<string> lines, string file)
    {
        var policy = new AccessPolicy();
        for (int i = 0; i < lines.Count; i++)
        {
            string line = lines[i].Trim();
            if (line.Length > 0 && line[0] != '#' && policy.TryTake(line) is { } reason)
            {
                throw new CommandException(
                    ExitCode.Usage, $"Line {i + 1} of {file} is no rule: {reason}", "A rule is a line such as {\"deny\":[\"read\",\"write\"],\"path\":\"/secrets\",\"workspaces\":\"ann-*\"}");
            }
        }

        return policy;
    }

    /// <summary>What of it is about one workspace.</summary>
    public WorkspacePolicy For(string workspace) => new(allows ?? true, [.. rules.Where(rule => rule.IsFor(workspace))]);

    /// <returns>Why it is none; null: it was taken.</returns>
    private string? TryTake(string line)
    {
        try
        {
            using JsonDocument document = JsonDocument.Parse(line, Strict);
            return document.RootElement.ValueKind == JsonValueKind.Object ? TryTake(document.RootElement) : "it is no object of JSON.";
        }
        catch (Exception fault) when (fault is JsonException or InvalidOperationException)
        {
            return $"it is not JSON: {fault.Message}"; // The second: a string with half a character.
        }
    }

    private string? TryTake(JsonElement rule)
    {
        foreach (JsonProperty property in rule.EnumerateObject())
        {
            if (property.Name is not ("allow" or "deny" or "path" or "workspaces" or "default"))
            {
                return $"'{property.Name}' means nothing here.";
            }
        }

        return rule.TryGetProperty("default", out JsonElement otherwise) ? TryTakeDefault(rule, otherwise) : TryTakeRule(rule);
    }

    private string? TryTakeDefault(JsonElement rule, JsonElement otherwise)
    {
        string? word = otherwise.ValueKind == JsonValueKind.String ? otherwise.GetString() : null;
        if (word is not ("allow" or "deny") || rule.GetPropertyCount() > 1)
        {
            return "a default is \"allow\" or \"deny\", for all workspaces, on a line of its own.";
        }

        if (allows is not null)
        {
            return "there is a default above it.";
        }

        allows = word == "allow";
        return null;
    }

    private string? TryTakeRule(JsonElement rule)
    {
        bool permits = rule.TryGetProperty("allow", out JsonElement allowed);
        bool forbids = rule.TryGetProperty("deny", out JsonElement denied);
        if (permits == forbids)
        {
            return "it either allows or denies.";
        }

        if (TryReadRights(permits ? allowed : denied) is not { } rights)
        {
            return "rights are a list of \"read\", \"write\", \"execute\" and \"delete\".";
        }

        if (TryReadPath(rule) is not { } path)
        {
            return $"its path is one from the workspace's root on, without '.' and '..', of at most {MaxPath} bytes.";
        }

        string? workspaces = !rule.TryGetProperty("workspaces", out JsonElement names) ? "*" : names.ValueKind == JsonValueKind.String ? names.GetString() : null;
        if (workspaces is not { Length: > 0 and <= 128 } || !workspaces.All(character => char.IsAsciiLetterOrDigit(character) || ".-_*?".Contains(character)))
        {
            return "its workspaces match no name.";
        }

        rules.Add(new PolicyRule(permits, rights, path, workspaces));
        return rules.Count <= MaxRules ? null : $"there are {MaxRules} above it.";
    }

    private static AccessRights? TryReadRights(JsonElement list)
    {
        if (list.ValueKind != JsonValueKind.Array || list.GetArrayLength() == 0)
        {
            return null;
        }

        AccessRights rights = AccessRights.None;
        foreach (JsonElement word in list.EnumerateArray())
        {
            AccessRights right = (word.ValueKind == JsonValueKind.String ? word.GetString() : null) switch
            {
                "read" => AccessRights.Read,
                "write" => AccessRights.Write,
                "execute" => AccessRights.Execute,
                "delete" => AccessRights.Delete,
                _ => AccessRights.None,
            };
            if (right == AccessRights.None)
            {
                return null;
            }

            rights |= right;
        }

        return rights;
    }

    /// <summary>Without it a rule that was to be for one directory would be for everything: so it has to be there.</summary>
    private static byte[]? TryReadPath(JsonElement rule)
    {
        string? path = rule.TryGetProperty("path", out JsonElement value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;
        string? trimmed = path?.Trim('/');
        return trimmed is null || path!.Length == 0 || Encoding.UTF8.GetByteCount(trimmed) > MaxPath || trimmed.Contains('\0', StringComparison.Ordinal)
            || (trimmed.Length > 0 && trimmed.Split('/').Any(name => name is "" or "." or ".."))
            ? null
            : Encoding.UTF8.GetBytes(trimmed);
    }
}
