using System.IO.Compression;
using System.Security.Cryptography;

namespace Tessera.Crypto.Tests.Keys;

public sealed class KeyBackupTests
{
    [Fact]
    public void Parse_what_Encode_wrote_opens_with_passphrase_and_code()
    {
        using var volume = new KeyHeaderFixture();

        KeyHeader restored = KeyBackup.Parse(KeyBackup.Encode(volume.Header));

        IsSame(restored, volume.Header).ShouldBeTrue();
        volume.SlotOpenedBy(restored, "first").ShouldBe(0);
        volume.SlotOpenedBy(restored, RecoveryCodeTests.Text(volume.Code)).ShouldBe(1);
    }

    [Fact]
    public void Encode_usual_header_fits_on_a_page()
    {
        using var volume = new KeyHeaderFixture();
        string[] lines = KeyBackup.Encode(volume.Header).Split('\n');
        lines.Length.ShouldBeLessThan(30);
        lines.ShouldAllBe(l => l.Length <= 64);
    }

    [Fact]
    public void Parse_text_as_mail_programs_change_it_is_read()
    {
        using var volume = new KeyHeaderFixture();
        string text = KeyBackup.Encode(volume.Header);
        string mailed = "Dear me,\r\n\r\n" + text.Replace("\n", "  \r\n", StringComparison.Ordinal) + "\r\nBye\r\n";

        IsSame(KeyBackup.Parse(mailed), volume.Header).ShouldBeTrue();
    }

    // The very last character of base64 can have bits that no byte takes: then, and only then, the same header may come out.
    [Fact]
    public void Parse_any_changed_or_missing_character_is_refused()
    {
        using var volume = new KeyHeaderFixture();
        string text = KeyBackup.Encode(volume.Header);
        int body = text.IndexOf("\n\n", StringComparison.Ordinal) + 2;
        int end = text.IndexOf("\n-----END", StringComparison.Ordinal);
        int harmless = 0;
        for (int at = body; at < end; at++)
        {
            if (text[at] != '\n')
            {
                char other = text[at] == 'a' ? 'b' : 'a';
                harmless += IsHarmless(text[..at] + other + text[(at + 1)..]) ? 1 : 0;
                harmless += IsHarmless(text[..at] + text[(at + 1)..]) ? 1 : 0;
            }
        }

        harmless.ShouldBeLessThanOrEqualTo(1);
        IsHarmless(text).ShouldBeTrue("the unchanged text is read");

        bool IsHarmless(string changed)
        {
            try
            {
                IsSame(KeyBackup.Parse(changed), volume.Header).ShouldBeTrue("another header came out");
                return true;
            }
            catch (KeyHeaderException e)
            {
                e.Fault.ShouldBe(KeyHeaderFault.BadBackup);
                return false;
            }
        }
    }

    [Fact]
    public void Parse_other_text_is_refused()
    {
        using var volume = new KeyHeaderFixture();
        string[] lines = KeyBackup.Encode(volume.Header).Split('\n');

        FaultOf("").ShouldBe(KeyHeaderFault.BadBackup);
        FaultOf("hello").ShouldBe(KeyHeaderFault.BadBackup);
        FaultOf(string.Join('\n', lines[1..])).ShouldBe(KeyHeaderFault.BadBackup);
        FaultOf(string.Join('\n', lines[..^2])).ShouldBe(KeyHeaderFault.BadBackup);
        FaultOf(new string('A', KeyBackup.MaxTextLength + 1)).ShouldBe(KeyHeaderFault.BadBackup);
        FaultOf(lines[0] + "\n" + lines[^2]).ShouldBe(KeyHeaderFault.BadBackup);
    }

    // With a checksum that fits, as anybody can make: a stream that expands beyond a header, one that ends early, and none at all.
    [Theory]
    [InlineData(100_000_000)]
    [InlineData(KeyHeader.Size + 1)]
    [InlineData(KeyHeader.Size - 1)]
    [InlineData(0)]
    public void Parse_stream_of_another_length_is_refused(int length)
    {
        using var compressed = new MemoryStream();
        using (var zlib = new ZLibStream(compressed, CompressionLevel.Fastest, leaveOpen: true))
        {
            byte[] chunk = new byte[1 << 20];
            for (int left = length; left > 0; left -= chunk.Length)
            {
                zlib.Write(chunk, 0, Math.Min(left, chunk.Length));
            }
        }

        byte[] stream = compressed.ToArray().AsSpan(0, Math.Min((int)compressed.Length, 40_000)).ToArray();
        string checksum = Convert.ToHexString(SHA256.HashData(stream).AsSpan(0, 8));
        string body = Convert.ToBase64String(stream) + "\n=" + checksum;

        FaultOf($"-----BEGIN TESSERA KEY BACKUP-----\n\n{body}\n-----END TESSERA KEY BACKUP-----\n").ShouldBe(KeyHeaderFault.BadBackup);
    }

    private static bool IsSame(KeyHeader one, KeyHeader two) =>
        KeyHeaderFixture.Bytes(one).AsSpan().SequenceEqual(KeyHeaderFixture.Bytes(two));

    private static KeyHeaderFault FaultOf(string text) => Should.Throw<KeyHeaderException>(() => KeyBackup.Parse(text)).Fault;
}
