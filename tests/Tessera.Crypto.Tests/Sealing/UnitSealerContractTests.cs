namespace Tessera.Crypto.Tests.Sealing;

/// <summary>What every sealer promises, whatever its algorithm.</summary>
public sealed class UnitSealerContractTests
{
    public static TheoryData<SealAlgorithm> Algorithms =>
        [SealAlgorithm.Checksum, SealAlgorithm.Aes256Gcm, SealAlgorithm.ChaCha20Poly1305];

    [Theory, MemberData(nameof(Algorithms))]
    public void TryOpen_what_was_sealed_returns_it(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        foreach (int length in new[] { 0, 1, 16, 100, 4096, 70_000 })
        {
            byte[] plain = SealerData.Bytes(length, length);
            var unit = new SealedUnit(sealer, 7, plain);

            unit.TryOpen(sealer, out byte[] opened).ShouldBeTrue();
            opened.ShouldBe(plain);
        }
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void Seal_in_place_gives_the_same_bytes(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        byte[] plain = SealerData.Bytes(2, 4096);
        var unit = new SealedUnit(sealer, 7, plain);
        byte[] buffer = [.. plain];
        byte[] tag = new byte[16];

        sealer.Seal(7, unit.Associated, buffer, buffer, tag);
        buffer.ShouldBe(unit.Cipher);
        tag.ShouldBe(unit.Tag);

        sealer.TryOpen(7, unit.Associated, buffer, tag, buffer).ShouldBeTrue();
        buffer.ShouldBe(plain);
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void TryOpen_any_flipped_bit_fails_and_leaves_zeros(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        var unit = new SealedUnit(sealer, 7, SealerData.Bytes(2, 64));
        foreach (byte[] field in new[] { unit.Cipher, unit.Tag, unit.Associated })
        {
            for (int bit = 0; bit < field.Length * 8; bit++)
            {
                field[bit / 8] ^= (byte)(1 << (bit % 8));
                unit.TryOpen(sealer, out byte[] opened).ShouldBeFalse();
                opened.ShouldAllBe(b => b == 0);
                field[bit / 8] ^= (byte)(1 << (bit % 8));
            }
        }

        unit.TryOpen(sealer, out _).ShouldBeTrue("the unit is whole again");
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void TryOpen_in_place_and_damaged_leaves_zeros(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        var unit = new SealedUnit(sealer, 7, SealerData.Bytes(2, 5000));
        unit.Cipher[4999] ^= 1;

        sealer.TryOpen(7, unit.Associated, unit.Cipher, unit.Tag, unit.Cipher).ShouldBeFalse();

        unit.Cipher.ShouldAllBe(b => b == 0);
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void TryOpen_with_another_counter_or_key_or_length_fails(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        using UnitSealer other = UnitSealers.Create(algorithm, SealerData.Bytes(9, 32));
        var unit = new SealedUnit(sealer, 7, new byte[100]);

        (unit with { Counter = 8 }).TryOpen(sealer, out _).ShouldBeFalse();
        (unit with { Counter = 7UL << 32 }).TryOpen(sealer, out _).ShouldBeFalse();
        (unit with { Cipher = unit.Cipher[..99] }).TryOpen(sealer, out _).ShouldBeFalse();
        (unit with { Associated = [.. unit.Associated, 0] }).TryOpen(sealer, out _).ShouldBeFalse();
        unit.TryOpen(other, out _).ShouldBeFalse();
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void TryOpen_after_a_failure_still_works(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        var unit = new SealedUnit(sealer, 7, SealerData.Bytes(2, 4096));
        for (int i = 0; i < 100; i++)
        {
            (unit with { Counter = 1 }).TryOpen(sealer, out _).ShouldBeFalse();
            unit.TryOpen(sealer, out _).ShouldBeTrue();
        }
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void Seal_ill_fitting_buffers_throws(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        byte[] buffer = new byte[64];
        byte[] tag = new byte[16];

        Should.Throw<ArgumentException>(() => sealer.Seal(1, [], buffer.AsSpan(0, 10), new byte[11], tag));
        Should.Throw<ArgumentException>(() => sealer.Seal(1, [], buffer, new byte[64], new byte[15]));
        Should.Throw<ArgumentException>(() => sealer.Seal(1, [], buffer.AsSpan(0, 32), buffer.AsSpan(1, 32), tag));
        Should.Throw<ArgumentException>(() => sealer.TryOpen(1, [], buffer.AsSpan(1, 32), tag, buffer.AsSpan(0, 32)));
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void Sealer_used_after_dispose_throws(SealAlgorithm algorithm)
    {
        UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        sealer.Seal(1, [], new byte[16], new byte[16], new byte[16]);
        sealer.Dispose();

        Should.Throw<ObjectDisposedException>(() => sealer.Seal(2, [], new byte[16], new byte[16], new byte[16]));
        Should.NotThrow(sealer.Dispose);
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void Seal_and_open_allocate_nothing(SealAlgorithm algorithm)
    {
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        byte[] buffer = new byte[4096];
        byte[] tag = new byte[16];
        byte[] associated = new byte[40];
        bool allOpened = SealAndOpen(sealer, 0, 1000); // warm

        long before = GC.GetAllocatedBytesForCurrentThread();
        allOpened &= SealAndOpen(sealer, 1000, 10_000);
        long allocated = GC.GetAllocatedBytesForCurrentThread() - before;

        allOpened.ShouldBeTrue();
        allocated.ShouldBe(0);

        bool SealAndOpen(UnitSealer unitSealer, ulong first, ulong count)
        {
            bool opened = true;
            for (ulong counter = first; counter < first + count; counter++)
            {
                unitSealer.Seal(counter, associated, buffer, buffer, tag);
                opened &= unitSealer.TryOpen(counter, associated, buffer, tag, buffer);
            }

            return opened;
        }
    }

    [Theory, MemberData(nameof(Algorithms))]
    public void Sealer_shared_by_many_threads_mixes_nothing_up(SealAlgorithm algorithm)
    {
        const int threads = 100; // more than the pool keeps
        using UnitSealer sealer = UnitSealers.Create(algorithm, SealerData.Bytes(1, 32));
        using var start = new Barrier(threads);
        int wrong = 0;
        Thread[] workers = [.. Enumerable.Range(0, threads).Select(number => new Thread(() => Work((ulong)number)))];
        Array.ForEach(workers, w => w.Start());
        Array.ForEach(workers, w => w.Join());

        wrong.ShouldBe(0);

        void Work(ulong number)
        {
            byte[] plain = SealerData.Bytes((int)number, 3000 + (int)number);
            start.SignalAndWait();
            for (ulong i = 0; i < 200; i++)
            {
                var unit = new SealedUnit(sealer, (number << 32) | i, plain);
                if (!unit.TryOpen(sealer, out byte[] opened) || !opened.AsSpan().SequenceEqual(plain)
                    || (unit with { Counter = i }).TryOpen(sealer, out _) == (number != 0))
                {
                    Interlocked.Increment(ref wrong);
                }
            }
        }
    }

    [Fact]
    public void Create_bad_key_or_algorithm_throws()
    {
        Should.Throw<ArgumentException>(() => UnitSealers.Create(SealAlgorithm.Aes256Gcm, new byte[31]));
        Should.Throw<ArgumentOutOfRangeException>(() => UnitSealers.Create((SealAlgorithm)9, new byte[32]));
    }

    private sealed record SealedUnit(ulong Counter, byte[] Associated, byte[] Cipher, byte[] Tag)
    {
        public SealedUnit(UnitSealer sealer, ulong counter, byte[] plain)
            : this(counter, SealerData.Bytes(5, 40), new byte[plain.Length], new byte[16])
            => sealer.Seal(counter, Associated, plain, Cipher, Tag);

        public bool TryOpen(UnitSealer sealer, out byte[] plain)
        {
            plain = new byte[Cipher.Length];
            plain.AsSpan().Fill(0xAA);
            return sealer.TryOpen(Counter, Associated, Cipher, Tag, plain);
        }
    }
}
