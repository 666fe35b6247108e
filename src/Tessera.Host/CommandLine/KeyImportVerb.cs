using System.CommandLine;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>tessera key import: puts exported key slots back, after proof that they open this very volume.</summary>
internal static class KeyImportVerb
{
    public static Command Create()
    {
        Argument<string> volume = KeyVerb.Volume();
        Argument<string> file = new("FILE") { Description = "What 'key export' wrote." };
        var command = new Command("import", "Put exported key slots back. Passphrases removed since the export open the volume again.") { volume, file };
        PassphraseOptions current = PassphraseOptions.AddForCopyTo(command);
        RollbackOptions rollback = RollbackOptions.AddTo(command);
        command.SetAction(async (parsed, _) =>
        {
            await ImportAsync(parsed.GetRequiredValue(volume), parsed.GetRequiredValue(file), current.Source(parsed), rollback.Read(parsed));
            return (int)ExitCode.Ok;
        });
        return command;
    }

    private static async Task ImportAsync(string volume, string file, PassphraseSource source, RollbackPolicy rollback)
    {
        KeyHeader header = KeyBackup.Parse(ReadBounded(file));
        using (SecretBytes key = VolumeUnlocker.Open(header, $"Passphrase of {volume} at the time of the export", source, out _))
        {
            // The container's opener owns its medium, and leaves the volume as it is when reading only.
            await using ContainerStore store = ContainerOpener.Open(
                HostMedium.Open(volume, new FileMediumOptions { ReadOnly = true }), key.Span, rollback.ApplyTo(new ContainerOptions { ReadOnly = true }));
        }

        using IHostMedium medium = HostMedium.Open(volume);
        VolumeUnlocker.RequireSameVolume(header, ContainerHeader.Read(medium, forWriting: true));
        KeyStorage.Write(medium, header, countedIsSecond: false);
        Console.Out.WriteLine("The key slots are back.");
    }

    private static string ReadBounded(string file)
    {
        using var reader = new StreamReader(file);
        char[] text = new char[KeyBackup.MaxTextLength + 1];
        return new string(text, 0, reader.ReadBlock(text));
    }
}
