using System.CommandLine;
using Tessera.Host.Following;
using Tessera.Host.Mounting;

namespace Tessera.Host.CommandLine;

/// <summary>tessera events: what is changed at the client of a workspace, as it happens.</summary>
internal static class EventsVerb
{
    public static Command Create()
    {
        Argument<string> mountPoint = new("MOUNTPOINT") { Description = "The directory where the workspace is mounted." };
        Option<bool> json = CommonOptions.Json();
        var command = new Command("events", "Show what is changed at the client of a workspace, until this command is ended.") { mountPoint, json };
        command.SetAction(async (parsed, _) =>
        {
            using var interrupt = new Interrupt();
            return (int)await new ChangeReader(TesseraMounts.Require(parsed.GetRequiredValue(mountPoint)), parsed.GetValue(json)).RunAsync(interrupt.Token);
        });
        return command;
    }
}
