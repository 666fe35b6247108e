using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Which security key (FIDO2 authenticator) opens a volume, and where its PIN comes from.</summary>
/// <param name="Device">As libfido2 names it ("/dev/hidraw3"), or <see cref="Auto"/>.</param>
/// <param name="PinFile">A file with its PIN; null: ask on the terminal.</param>
internal sealed record Fido2Source(string Device, string? PinFile)
{
    /// <summary>Those that are plugged in.</summary>
    public const string Auto = "auto";

    /// <summary>What was said of one.</summary>
    /// <param name="device">Null: none was named.</param>
    /// <param name="pinFile">As given.</param>
    /// <exception cref="CommandException">A PIN without a key, or a name that the tools would take for an option: exit 2.</exception>
    public static Fido2Source? Of(string? device, string? pinFile) => device switch
    {
        null when pinFile is null => null,
        null or "" => throw new CommandException(ExitCode.Usage, "A security key's PIN was given, and no security key.", $"Name it, or say '{Auto}'."),
        ['-', ..] => throw new CommandException(ExitCode.Usage, $"{device} is no security key.", "'fido2-token -L' lists them."),
        _ => new Fido2Source(device, pinFile),
    };

    /// <summary>A new slot shall take the PIN, if the key has one.</summary>
    public bool AsksPin { get; init; } = true;

    /// <summary>A new slot shall take a touch.</summary>
    public bool AsksTouch { get; init; } = true;
}
