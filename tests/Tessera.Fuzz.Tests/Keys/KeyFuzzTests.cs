using System.Text;
using Tessera.Crypto;
using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Keys;

/// <summary>What is read before any key is known, so from anybody: the key header, its text form, the recovery code.</summary>
[Trait("Campaign", "fuzz")]
public sealed class KeyFuzzTests(ITestOutputHelper output)
{
    private const int TextInputs = 100_000;

    /// <summary>For each of the campaign's seeds: a header is long, and its checksum is most of the work.</summary>
    private static readonly int HeaderInputs = FuzzSize.IsFull ? 20_000 : 5_000;

    [Fact]
    public void Key_header_is_refused_by_name_or_means_something()
    {
        using var target = new KeyHeaderTarget();
        FuzzRunner.Run(target, HeaderInputs, output);
    }

    [Fact]
    public void Key_backup_text_is_refused_by_name_or_is_a_header()
    {
        using var headers = new KeyHeaderTarget();
        byte[][] texts = [.. headers.Seeds.Select(bytes => Encoding.UTF8.GetBytes(KeyBackup.Encode(KeyHeader.Parse(bytes))))];
        var target = new DecoderTarget("key-backup", texts, bytes => KeyBackup.Parse(Encoding.UTF8.GetString(bytes))) { Declared = [typeof(KeyHeaderException)], CopiesOfInput = 64 };
        FuzzRunner.Run(target, TextInputs, output);
    }

    [Fact]
    public void Recovery_code_is_read_or_refused()
    {
        byte[][] texts = ["7ZK4M-7ZK4M-7ZK4M-7ZK4M-7ZK4M-7ZK4M-7ZK4M-7ZK4M"u8.ToArray(), "0000K-0000J-0000G-0000V-000YX-aBcDe-o1lI0-99999"u8.ToArray()];
        var target = new DecoderTarget("recovery-code", texts, Parse) { Declared = [] };
        FuzzRunner.Run(target, TextInputs, output);

        static void Parse(byte[] text)
        {
            if (RecoveryCode.TryParse(text, out RecoveryCode? code, out _))
            {
                code.Dispose();
            }
        }
    }
}
