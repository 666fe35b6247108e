using System.Text.Json;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Daemon;

/// <summary>One line of a daemon's answer: any number of progress lines, then one with a result or an error.</summary>
internal sealed record ControlReply
{
    /// <summary>What is being done, for a progress bar.</summary>
    public string? Doing { get; init; }

    /// <summary>How much of it is done, 0 to 1.</summary>
    public double? Done { get; init; }

    /// <summary>The answer, in the operation's own shape.</summary>
    public JsonElement? Result { get; init; }

    /// <summary>Set with <see cref="Error"/>.</summary>
    public ExitCode? Code { get; init; }

    public string? Error { get; init; }

    public string? Advice { get; init; }

    [System.Text.Json.Serialization.JsonIgnore]
    public bool IsProgress => Doing is not null;

    public static ControlReply Of(CommandException refusal) =>
        new() { Code = refusal.Code, Error = refusal.Message, Advice = refusal.Advice };
}
