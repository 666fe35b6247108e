using System.CommandLine;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key: who may open a volume.</summary>
internal static class KeyVerb
{
    public static Command Create() => new("key", "List and change the passphrases, key files and the recovery code that open a volume.")
    {
        KeyListVerb.Create(),
        KeyAddVerb.Create(),
        KeyRemoveVerb.Create(),
        KeyChangeVerb.Create(),
        KeyRecoveryVerb.Create(),
        KeyRotateVerb.Create(),
        KeyJoinVerb.Create(),
        KeyExportVerb.Create(),
        KeyImportVerb.Create(),
    };

    public static Argument<string> Volume() => new("VOLUME") { Description = "The volume's path." };
}
