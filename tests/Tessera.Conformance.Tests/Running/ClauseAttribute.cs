namespace Tessera.Conformance.Tests.Running;

/// <summary>What a case shows: one sentence of a manual page.</summary>
/// <param name="id">The page, and a name within it: "rename.2:EINVAL-cycle". No two cases have the same.</param>
/// <param name="text">The sentence, shortened.</param>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ClauseAttribute(string id, string text) : Attribute
{
    public string Id => id;

    public string Text => text;

    /// <summary>How the file system must be mounted for it.</summary>
    public Ground Ground { get; init; }
}
