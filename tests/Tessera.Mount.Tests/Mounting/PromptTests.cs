using System.Diagnostics;
using System.Text;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Mounting;

/// <summary>Passphrases that are asked for on a terminal.</summary>
public sealed class PromptTests
{
    private const int Tries = 8;

    [Fact]
    public async Task Nothing_of_a_passphrase_is_shown_however_soon_it_is_typed()
    {
        await using TestVolume volume = TestVolume.Create();
        string passphrase = File.ReadAllText(volume.PassphraseFile).Trim();
        for (int i = 0; i < Tries; i++)
        {
            string shown = await MountAsync(volume, passphrase);
            volume.Adopt();
            volume.Unmount();
            shown.ShouldContain("Passphrase of");
            foreach (string word in passphrase.Split(' '))
            {
                shown.ShouldNotContain(word, Case.Sensitive);
            }
        }
    }

    /// <summary>What the terminal has shown.</summary>
    private static async Task<string> MountAsync(TestVolume volume, string passphrase)
    {
        using Process terminal = Programs.Start(new ProgramStart(
            "script", "--quiet", "--return", "--flush", "--command", $"{TesseraCommand.Launcher} mount {volume.Volume} {volume.Path}", "/dev/null"));
        var shown = new StringBuilder();
        char[] some = new char[256];
        bool isTyped = false;
        for (int count = -1; count != 0;)
        {
            count = await terminal.StandardOutput.ReadAsync(some, TestContext.Current.CancellationToken);
            shown.Append(some, 0, count);
            if (!isTyped && shown.ToString().Contains("Passphrase of", StringComparison.Ordinal))
            {
                isTyped = true;
                await terminal.StandardInput.WriteAsync(passphrase + "\n");
                await terminal.StandardInput.FlushAsync(TestContext.Current.CancellationToken);
            }
        }

        await terminal.WaitForExitAsync(TestContext.Current.CancellationToken);
        terminal.ExitCode.ShouldBe(0, shown.ToString());
        return shown.ToString();
    }
}
