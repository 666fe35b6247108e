using System.Globalization;

namespace Tessera.Crypto.Tests.Keys;

/// <summary>Key slots flipped, zeroed, cut off, swapped or put back as they were, by accident or by somebody who makes the checksum fit: no passphrase that was
/// revoked opens, unless a whole older key header is all there is (docs/threat-model.md).</summary>
[Trait("Campaign", "damage")]
public sealed class KeyDamageTests : IDisposable
{
    private const int Page = 4096;
    private const int SlotSize = 1792;
    private const string Current = "changed";
    private const int SeedsOfEveryCommit = 150;

    private static readonly bool s_isFull = Environment.GetEnvironmentVariable("CAMPAIGN") is "full";
    private static readonly (int First, int Last) s_seeds = !s_isFull ? (1, SeedsOfEveryCommit)
        : Environment.GetEnvironmentVariable("CAMPAIGN_SLICE")?.Split('-') is [var first, var last]
            ? (int.Parse(first, CultureInfo.InvariantCulture), int.Parse(last, CultureInfo.InvariantCulture))
            : (1, 10_000);
    private static readonly string[] s_revoked = ["first", "extra"];
    private readonly KeyHeaderFixture fixture = new("first");
    private readonly ITestOutputHelper output;
    private readonly byte[][] older;
    private readonly byte[] newest;

    public KeyDamageTests(ITestOutputHelper output)
    {
        this.output = output;
        using Passphrase extra = KeyHeaderFixture.Pass("extra");
        using Passphrase changed = KeyHeaderFixture.Pass(Current);
        KeyHeader added = fixture.Header.Add(fixture.VolumeKey, extra, KeyHeaderFixture.Cheap with { Name = "extra" }, out int slot);
        KeyHeader after = added.Change(fixture.VolumeKey, 0, changed, KeyHeaderFixture.Cheap);
        older = [KeyHeaderFixture.Bytes(fixture.Header), KeyHeaderFixture.Bytes(added), KeyHeaderFixture.Bytes(after)];
        newest = KeyHeaderFixture.Bytes(after.Remove(fixture.VolumeKey, slot));
    }

    /// <summary>Of two copies, the header that counts.</summary>
    private delegate KeyHeader Choice(byte[] first, byte[] second);

    public void Dispose() => fixture.Dispose();

    [Fact]
    public void Damaged_key_slots_open_with_no_passphrase_that_was_revoked()
    {
        int refused = 0;
        for (int seed = s_seeds.First; seed <= s_seeds.Last; seed++)
        {
            refused += Judge(seed, Newest) ? 0 : 1;
        }

        output.WriteLine($"Seeds {s_seeds.First} to {s_seeds.Last}: {refused} refused, the others opened with the passphrase that counts.");
        refused.ShouldBeInRange(1, s_seeds.Last - s_seeds.First);
    }

    /// <summary>Somebody who has the older medium and the older passphrase has the volume key, which is the same: nothing on the medium could keep him out.</summary>
    [Fact]
    public void A_whole_older_key_header_in_both_places_opens_with_the_passphrases_of_its_day_and_in_one_place_with_none()
    {
        foreach (byte[] old in older)
        {
            KeyHeader chosen = Newest(old, old);
            s_revoked.ShouldContain(passphrase => fixture.SlotOpenedBy(chosen, passphrase) >= 0);
            KeyHeaderFixture.Bytes(Newest(old, newest)).ShouldBe(newest);
            KeyHeaderFixture.Bytes(Newest(newest, old)).ShouldBe(newest);
        }
    }

    [Fact]
    public void A_reader_that_takes_the_first_whole_copy_is_caught() => ShouldBeCaught(static (first, second) => KeyHeader.Parse(IsWhole(first) ? first : second));

    [Fact]
    public void A_reader_that_takes_the_older_copy_is_caught() => ShouldBeCaught(static (first, second) =>
    {
        KeyHeader chosen = Newest(first, second);
        return IsWhole(first) && IsWhole(second) && KeyHeader.Parse(first).Generation + KeyHeader.Parse(second).Generation < 2 * chosen.Generation
            ? KeyHeader.Parse(KeyHeader.Parse(first).Generation < chosen.Generation ? first : second)
            : chosen;
    });

    [Fact]
    public void A_reader_that_heeds_no_second_copy_is_caught() => ShouldBeCaught(static (first, _) => KeyHeader.Parse(first));

    private static KeyHeader Newest(byte[] first, byte[] second) => KeyHeader.ChooseNewest(first, second).Header;

    private static bool IsWhole(byte[] copy)
    {
        try
        {
            KeyHeader.Parse(copy);
            return true;
        }
        catch (KeyHeaderException)
        {
            return false;
        }
    }

    private void ShouldBeCaught(Choice planted)
    {
        for (int seed = 1; seed <= SeedsOfEveryCommit; seed++)
        {
            try
            {
                Judge(seed, planted);
            }
            catch (ShouldAssertException caught)
            {
                output.WriteLine($"Caught by seed {seed}: {caught.Message.ReplaceLineEndings(" ")}");
                return;
            }
        }

        Assert.Fail("The planted bug went unnoticed.");
    }

    /// <returns>Whether the passphrase that counts opens; otherwise the header was refused.</returns>
    private bool Judge(int seed, Choice choose)
    {
        var random = new Random(seed);
        byte[][] copies = [[.. newest], [.. newest]];
        bool isForged = random.Next(2) == 0;
        bool hitsBoth = random.Next(2) == 0;
        string what = string.Empty;
        for (int copy = hitsBoth ? 0 : random.Next(2), last = hitsBoth ? 1 : copy; copy <= last; copy++)
        {
            what += $"copy {copy}: {Damage(copies[copy], random)}; ";
            copies[copy] = isForged ? KeyHeaderFixture.WithChecksum(copies[copy]) : copies[copy];
        }

        what = $"seed {seed}, {what}{(isForged ? "with a checksum that fits" : "as it came")}";
        try
        {
            return JudgeChosen(choose(copies[0], copies[1]), copies, what);
        }
        catch (KeyHeaderException refusal)
        {
            (isForged || hitsBoth).ShouldBeTrue($"{what}: an accident to one copy costs nothing, and {refusal.Message}");
            return false;
        }
    }

    private bool JudgeChosen(KeyHeader chosen, byte[][] copies, string what)
    {
        byte[] bytes = KeyHeaderFixture.Bytes(chosen);
        bool isOlder = older.Any(old => old.AsSpan().SequenceEqual(bytes));
        if (copies.Any(copy => copy.AsSpan().SequenceEqual(newest)))
        {
            isOlder.ShouldBeFalse($"{what}: an older header counts, and the newest is there");
        }

        if (bytes.AsSpan().SequenceEqual(newest))
        {
            return true; // What it opens with is known.
        }

        foreach (string revoked in s_revoked)
        {
            (isOlder || fixture.SlotOpenedBy(chosen, revoked) < 0).ShouldBeTrue($"{what}: the passphrase '{revoked}' opens, which was revoked");
        }

        return fixture.SlotOpenedBy(chosen, Current) >= 0;
    }

    private string Damage(byte[] copy, Random random)
    {
        byte[] old = older[random.Next(older.Length)];
        (int slot, int other) = (random.Next(3), random.Next(KeyHeader.SlotCount));
        int page = random.Next(copy.Length / Page) * Page;
        switch (random.Next(7))
        {
            case 0:
                int at = random.Next(random.Next(2) == 0 ? copy.Length : KeyHeaderLayout.SlotsAt + (3 * SlotSize));
                copy[at] ^= (byte)(1 << random.Next(8));
                return $"a bit of byte {at}";
            case 1:
                copy.AsSpan(page, Page).Clear();
                return $"zeros at {page}";
            case 2:
                copy.AsSpan(page).Clear();
                return $"cut at {page}";
            case 3:
                byte[] one = KeyHeaderLayout.Slot(copy, slot).ToArray();
                KeyHeaderLayout.Slot(copy, other).CopyTo(KeyHeaderLayout.Slot(copy, slot));
                one.CopyTo(KeyHeaderLayout.Slot(copy, other));
                return $"key slots {slot} and {other} swapped";
            case 4:
                KeyHeaderLayout.Slot(old, slot).CopyTo(KeyHeaderLayout.Slot(copy, random.Next(2) == 0 ? slot : other));
                return $"key slot {slot} put back";
            case 5:
                old.AsSpan(page, Page).CopyTo(copy.AsSpan(page));
                return $"bytes at {page} put back";
            default:
                old.CopyTo(copy, 0);
                return "all of it put back";
        }
    }
}
