using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Remembering;

/// <summary>The counter of docs/format/memory.md, where nothing else is remembered.</summary>
public sealed class CounterTests
{
    private const int Cuts = 300;

    private readonly TestContainer container = new(ContainerProfile.Sealed, PlacementKind.Local);
    private readonly MemoryCounters device = new();

    [Fact]
    public void Each_opening_for_writing_counts_and_an_older_copy_is_refused_until_it_is_accepted()
    {
        SimulatedDisk disk = Bound();
        SimulatedDisk copy = CopyOf(disk);
        ulong before = device.Only;
        Use(disk);
        Use(disk);
        device.Only.ShouldBe(before + 2);
        Now.Do(Open(disk, new ContainerOptions { ReadOnly = true }).DisposeAsync());
        device.Only.ShouldBe(before + 2, "reading counts nothing");
        int operations = copy.Trace.Count;

        Refused(() => Open(copy)).ShouldContain("older than its counter");
        Refused(() => Open(copy, new ContainerOptions { ReadOnly = true })).ShouldContain("older than its counter");
        Refused(() => Examine(copy)).ShouldContain("older than its counter");
        copy.Trace.Count.ShouldBe(operations, "something was done to the medium");

        Now.Do(Open(copy, new ContainerOptions { AcceptRollback = true }).DisposeAsync());
        Use(copy);
        Refused(() => Open(disk)).ShouldContain("older than its counter");
        Examine(copy);
    }

    /// <summary>The volume first, then the counter: whatever is lost in between, what is left opens, and what was before does not once that has counted.</summary>
    [Fact]
    public void Nobody_is_locked_out_by_a_cut_at_any_moment_of_an_opening()
    {
        var disk = new SimulatedDisk(Bound().ImageAfterKill(), TestContainer.Disk(8) with { Traced = true });
        SimulatedDisk older = CopyOf(disk);
        ulong start = device.Only;
        int counted = 0;
        device.Counting = () => counted = disk.Trace.Count;
        Now.Do(Open(disk).DisposeAsync());
        device.Counting = null;
        counted.ShouldBeGreaterThan(0);

        foreach (PowerCut cut in disk.Trace.PickCuts(Cuts, seed: 3).Append(new PowerCut(counted, 3, CutMode.Nothing)).Append(new PowerCut(counted, 3, CutMode.Everything)))
        {
            foreach (bool hasCounted in cut.Operation < counted ? [false] : cut.Operation > counted ? [true] : new[] { false, true })
            {
                device.Only = hasCounted ? start + 1 : start;
                var left = new SimulatedDisk(disk.Trace.ImageAfterCut(cut), TestContainer.Disk(8));
                Use(left);
                ulong value = device.Only;
                Use(left);
                device.Only.ShouldBe(value + 1, cut.ToString());
                Refused(() => Open(CopyOf(older))).ShouldContain("older than its counter");
            }
        }
    }

    [Fact]
    public void A_device_that_refuses_leaves_a_volume_that_opens_next_time()
    {
        SimulatedDisk disk = Bound();
        device.Counting = () => throw new IOException("no");
        Should.Throw<IOException>(() => Open(disk)).Message.ShouldBe("no");
        Should.Throw<IOException>(() => Open(disk)).Message.ShouldBe("no");
        ulong value = device.Only;
        device.Counting = null;

        Use(disk);

        device.Only.ShouldBe(value + 1, "however often it was tried");
    }

    [Fact]
    public void A_counter_that_is_behind_or_not_there_is_not_the_one()
    {
        SimulatedDisk disk = Bound();
        Use(disk);
        device.Only -= 2;
        Refused(() => Open(disk)).ShouldContain("behind the volume");
        var another = new MemoryCounters();
        Refused(() => Open(disk, new ContainerOptions { Counter = another })).ShouldContain("cannot be read");
        Refused(() => container.Open(disk.Open(), TestContainer.Deterministic())).ShouldContain("nothing here can read it");

        // Accepted, the binding stays, and so does the refusal, until another is made.
        Now.Do(Open(disk, new ContainerOptions { Counter = another, AcceptRollback = true }).DisposeAsync());
        Refused(() => Open(disk, new ContainerOptions { Counter = another })).ShouldContain("cannot be read");
        Now.Do(Open(disk, new ContainerOptions { Counter = another, AcceptRollback = true, CounterUse = CounterUse.Bind }).DisposeAsync());
        Now.Do(Open(disk, new ContainerOptions { Counter = another }).DisposeAsync());
        another.Only.ShouldBe(9UL);
    }

    [Fact]
    public void A_copy_that_is_accepted_with_a_counter_of_its_own_leaves_the_other_volume_alone()
    {
        SimulatedDisk disk = Bound();
        SimulatedDisk copy = CopyOf(disk);
        SimulatedDisk second = CopyOf(disk);
        Use(disk);

        Now.Do(Open(copy, new ContainerOptions { AcceptRollback = true, CounterUse = CounterUse.Bind }).DisposeAsync());
        Now.Do(Open(second, new ContainerOptions { AcceptRollback = true, CounterUse = CounterUse.Release }).DisposeAsync());

        device.Count.ShouldBe(2);
        Use(copy);
        Use(disk);
        Use(copy);
        Use(disk);
        Now.Do(container.Open(second.Open(), TestContainer.Deterministic()).DisposeAsync());
    }

    [Fact]
    public void A_counter_is_kept_when_another_is_asked_for_and_given_up_when_none_is()
    {
        SimulatedDisk disk = Bound();
        Now.Do(Open(disk, new ContainerOptions { CounterUse = CounterUse.Bind }).DisposeAsync());
        device.Count.ShouldBe(1);
        Now.Do(Open(disk, new ContainerOptions { CounterUse = CounterUse.Release }).DisposeAsync());
        device.Count.ShouldBe(0);
        Now.Do(container.Open(disk.Open(), TestContainer.Deterministic()).DisposeAsync());
    }

    private SimulatedDisk Bound()
    {
        var disk = new SimulatedDisk(TestContainer.Disk(7));
        container.Format(disk);
        Now.Do(Open(disk, new ContainerOptions { CounterUse = CounterUse.Bind }).DisposeAsync());
        return disk;
    }

    private static SimulatedDisk CopyOf(SimulatedDisk disk) => new(disk.ImageAfterKill(), TestContainer.Disk(8));

    private void Use(SimulatedDisk disk) => Now.Do(Open(disk).DisposeAsync());

    private ContainerStore Open(SimulatedDisk disk, ContainerOptions? asked = null) => container.Open(disk.Open(asked?.ReadOnly ?? false), TestContainer.Deterministic() with
    {
        Counter = asked?.Counter ?? device,
        CounterUse = asked?.CounterUse ?? CounterUse.Keep,
        AcceptRollback = asked?.AcceptRollback ?? false,
        ReadOnly = asked?.ReadOnly ?? false,
    });

    private void Examine(SimulatedDisk disk)
    {
        using SimulatedMedium medium = disk.Open(readOnly: true);
        RollbackCheck.Run(medium, ContainerHeader.Read(medium, forWriting: false), container.VolumeKey, new ContainerOptions { Counter = device });
    }

    private static string Refused(Action open)
    {
        ContainerFormatException refused = Should.Throw<ContainerFormatException>(open);
        refused.Fault.ShouldBe(FormatFault.RolledBack, refused.Message);
        return refused.Message;
    }
}
