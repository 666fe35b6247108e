using System.Diagnostics;
using Tessera.Testing;

namespace Tessera.Fuzz.Tests.Engine;

/// <summary>Feeds a target mutated inputs, on a thread of its own, and gives up on the first it does not bear.</summary>
public sealed class FuzzRunner
{
    private readonly FuzzTarget target;
    private Finding? finding;
    private byte[] current = [];
    private long done;

    private FuzzRunner(FuzzTarget target) => this.target = target;

    /// <summary>Reads <paramref name="inputs"/> inputs made from each of the campaign's seeds, after the well-formed ones; says how many.</summary>
    public static void Run(FuzzTarget target, int inputs, ITestOutputHelper output)
    {
        (int first, int last) = FuzzSize.Seeds;
        for (int seed = first; seed <= last; seed++)
        {
            var clock = Stopwatch.StartNew();
            Find(target, (ulong)seed, inputs).ShouldBeNull($"{target.Name}, seed {seed}");
            output.WriteLine($"{target.Name}: seed {seed}, {inputs:N0} inputs from {target.Seeds.Count} in {clock.Elapsed.TotalSeconds:F1} s.");
        }
    }

    /// <summary>The first input that the target does not bear; null when it bears them all.</summary>
    /// <param name="target">What reads.</param>
    /// <param name="seed">Decides every input.</param>
    /// <param name="inputs">How many.</param>
    /// <param name="patience">After so long without an input done it hangs; null for the usual.</param>
    public static Finding? Find(FuzzTarget target, ulong seed, int inputs, TimeSpan? patience = null)
    {
        var runner = new FuzzRunner(target);
        var thread = new Thread(() => runner.Loop(seed, inputs), maxStackSize: 1 << 20) { IsBackground = true, Name = target.Name };
        thread.Start();
        long seen = -1;
        while (!thread.Join(patience ?? TestLimits.Patience))
        {
            long now = Volatile.Read(ref runner.done);
            if (now == seen)
            {
                return new Finding(target.Name, Volatile.Read(ref runner.current), $"Seed {seed}: it hangs.");
            }

            seen = now;
        }

        return runner.finding;
    }

    private void Loop(ulong seed, int inputs)
    {
        foreach (byte[] wellFormed in target.Seeds)
        {
            Try(wellFormed, "A well-formed input");
        }

        foreach (byte[] harmful in CaseFile.For(target.Name))
        {
            Try(harmful, "A case that is known");
        }

        var random = new FuzzRandom(seed);
        var mutator = new Mutator(random, target.Seeds, target.LongestInput);
        for (int i = 0; i < inputs && finding is null; i++)
        {
            random.Reseed(unchecked((seed * 0x9E3779B97F4A7C15) ^ ((ulong)i << 20)));
            byte[] input = mutator.Next();
            target.Repair(input, random);
            Try(input, $"Seed {seed}, input {i}");
        }
    }

    private void Try(byte[] input, string which)
    {
        Volatile.Write(ref current, input);
        if (finding is null && Trial.Run(target, input) is { } fault)
        {
            byte[] smallest = Minimiser.Shrink(target, input);
            finding = new Finding(target.Name, smallest, $"{which}: {Trial.Run(target, smallest) ?? $"it fails only sometimes. {fault}"}");
        }

        Volatile.Write(ref done, done + 1);
    }
}
