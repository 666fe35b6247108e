using System.CommandLine;
using Tessera.Host.Opening;

namespace Tessera.Host.CommandLine;

/// <summary>The options of every command that opens a volume, about what was seen of it here before.</summary>
internal sealed class RollbackOptions
{
    private readonly Option<bool> accept = new("--accept-rollback") { Description = "Open the volume although it is older than when it was last seen here: you put the older copy back." };
    private readonly Option<bool> forget = CreateForget();

    public static RollbackOptions AddTo(Command command)
    {
        var options = new RollbackOptions();
        command.Add(options.accept);
        command.Add(options.forget);
        return options;
    }

    public static Option<bool> CreateForget() => new("--no-remember") { Description = "Neither compare the volume with what was seen of it here before, nor remember anything of it." };

    public bool Accepts(ParseResult parsed) => parsed.GetValue(accept);

    public bool Forgets(ParseResult parsed) => parsed.GetValue(forget);

    public RollbackPolicy Read(ParseResult parsed) => RollbackPolicy.Of(Accepts(parsed), !Forgets(parsed));
}
