using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Remembering;
using Tessera.Core.Stores;
using Tessera.Testing.Containers;
using Tessera.Testing.Simulation;

namespace Tessera.Container.Tests.Remembering;

/// <summary>The comparison of docs/format/memory.md, row by row.</summary>
public sealed class RollbackTests
{
    private readonly TestContainer container = new(ContainerProfile.Sealed, PlacementKind.Local);
    private readonly KeptNotes notes = new();

    [Theory]
    [InlineData(ContainerProfile.Sealed)]
    [InlineData(ContainerProfile.Plain)]
    [InlineData(ContainerProfile.Scattered)]
    public void An_older_copy_is_refused_with_both_generations_and_left_as_it_was(ContainerProfile profile)
    {
        var kind = new TestContainer(profile, profile == ContainerProfile.Scattered ? PlacementKind.Scattered : PlacementKind.Local);
        SimulatedDisk disk = Format(kind);
        ulong older = Use(kind, disk);
        SimulatedDisk copy = CopyOf(disk);
        ulong newer = Use(kind, disk);
        int operations = copy.Trace.Count;

        ContainerFormatException refused = Should.Throw<ContainerFormatException>(() => Open(kind, copy));

        refused.Fault.ShouldBe(FormatFault.RolledBack);
        refused.Message.ShouldContain($"Seen here: generation {newer} of 2");
        refused.Message.ShouldContain($"found: generation {older} of 2");
        copy.Trace.Count.ShouldBe(operations, "something was done to the medium");
        Should.Throw<ContainerFormatException>(() => Examine(kind, copy)).Fault.ShouldBe(FormatFault.RolledBack);
        Use(kind, disk);
        notes.Warnings.ShouldBeEmpty();
    }

    [Fact]
    public void An_older_copy_that_is_accepted_is_the_newest_seen_from_then_on()
    {
        SimulatedDisk disk = Format(container);
        Use(container, disk);
        SimulatedDisk copy = CopyOf(disk);
        Use(container, disk);

        Use(container, copy, accepts: true);

        Should.Throw<ContainerFormatException>(() => Open(container, disk)).Message.ShouldContain("another way");
        Use(container, copy);
    }

    [Fact]
    public void An_older_copy_that_is_accepted_for_reading_is_the_newest_seen_from_then_on()
    {
        SimulatedDisk disk = Format(container);
        Use(container, disk);
        SimulatedDisk copy = CopyOf(disk);
        Use(container, disk);

        Now.Do(Open(container, copy, accepts: true, readOnly: true).DisposeAsync());

        Now.Do(Open(container, copy, readOnly: true).DisposeAsync());
        Use(container, disk);
    }

    [Fact]
    public void Two_copies_used_in_turn_are_told_apart_however_far_either_has_come()
    {
        SimulatedDisk disk = Format(container);
        Use(container, disk);
        SimulatedDisk copy = CopyOf(disk);
        var elsewhere = new KeptNotes();
        for (int i = 0; i < 5; i++)
        {
            Now.Do(container.Open(copy.Open(), TestContainer.Deterministic() with { Memory = elsewhere }).DisposeAsync());
        }

        ulong here = Use(container, disk);

        ContainerFormatException refused = Should.Throw<ContainerFormatException>(() => Open(container, copy));
        refused.Message.ShouldContain("another way");
        refused.Message.ShouldContain($"Seen here: generation {here} ");
        Should.Throw<ContainerFormatException>(() => Examine(container, copy)).Message.ShouldContain("another way");
    }

    [Fact]
    public void A_copy_from_within_the_same_opening_is_older_when_commits_are_missing_from_it()
    {
        SimulatedDisk disk = Format(container);
        ContainerStore store = Open(container, disk);
        Put(store, 1);
        store.Checkpoint();
        SimulatedDisk copy = CopyOf(disk);
        Put(store, 2);
        store.Checkpoint();
        store.Remember();
        store.Abandon();

        Should.Throw<ContainerFormatException>(() => Open(container, copy)).Message.ShouldContain("older");
        Use(container, disk);
    }

    [Fact]
    public void What_is_not_noted_yet_is_no_loss_of_the_volume()
    {
        SimulatedDisk disk = Format(container);
        for (int i = 0; i < 5; i++)
        {
            ContainerStore store = Open(container, disk);
            Put(store, i);
            store.Checkpoint();
            disk.Kill();
            store.Abandon();
            disk = CopyOf(disk);
        }

        Use(container, disk);
        notes.Warnings.ShouldBeEmpty();
    }

    /// <summary>Both copies of the newest root are gone, and its commits are in the log of the one before: damage, and nothing lost.</summary>
    [Fact]
    public void A_volume_whose_newest_root_is_damaged_opens_when_the_log_brings_everything_back()
    {
        SimulatedDisk disk = Format(container);
        ContainerStore store = Open(container, disk);
        Put(store, 1);
        store.Checkpoint();
        store.Remember();
        ulong generation = store.Root.Generation;
        store.Abandon();
        SimulatedDisk damaged = CopyOf(disk);
        using (SimulatedMedium medium = damaged.Open())
        {
            for (int copy = 0; copy < 2; copy++)
            {
                medium.Write(FixedPlaces.Ordinary.RootOffset(copy, generation), new byte[Geometry.SlotSize], WriteMode.Durable);
            }
        }

        Examine(container, damaged);
        ContainerStore opened = Open(container, damaged);
        opened.LastSequence.ShouldBe(store.LastSequence);
        Now.Do(opened.DisposeAsync());
    }

    [Fact]
    public void An_opening_for_reading_remembers_what_is_newer()
    {
        SimulatedDisk disk = Format(container);
        Now.Do(container.Open(disk.Open()).DisposeAsync());
        SimulatedDisk copy = CopyOf(disk);
        Now.Do(container.Open(disk.Open()).DisposeAsync());

        Now.Do(Open(container, disk, readOnly: true).DisposeAsync());

        Should.Throw<ContainerFormatException>(() => Open(container, copy, readOnly: true)).Fault.ShouldBe(FormatFault.RolledBack);
    }

    [Fact]
    public void A_note_that_somebody_else_wrote_is_told_of_and_counts_as_none()
    {
        SimulatedDisk disk = Format(container);
        Use(container, disk);
        SimulatedDisk copy = CopyOf(disk);
        Use(container, disk);
        string name = notes.Notes.Keys.ShouldHaveSingleItem();
        notes.Notes[name][40] ^= 1;

        Use(container, copy);

        notes.Warnings.ShouldHaveSingleItem().ShouldContain("does not open");
    }

    [Fact]
    public void Another_volume_has_another_note_and_neither_tells_whose_it_is()
    {
        Use(container, Format(container));
        TestContainer other = container with { VolumeId = Guid.NewGuid() };
        Use(other, Format(other));

        notes.Notes.Count.ShouldBe(2);
        foreach ((string name, byte[] note) in notes.Notes)
        {
            name.ShouldMatch("^[0-9a-f]{32}$");
            name.ShouldNotContain(container.VolumeId.ToString("N"));
            Convert.ToHexString(note).ShouldNotContain("000000000000", Case.Sensitive, "a generation in the clear");
        }
    }

    private static SimulatedDisk Format(TestContainer kind)
    {
        var disk = new SimulatedDisk(TestContainer.Disk(7));
        kind.Format(disk);
        return disk;
    }

    /// <summary>Another disk with the same bytes.</summary>
    private static SimulatedDisk CopyOf(SimulatedDisk disk) => new(disk.ImageAfterKill(), TestContainer.Disk(8));

    private static void Put(ContainerStore store, int number)
    {
        var batch = new StoreBatch();
        batch.Put(StoreOracle.Key(number), [1, 2, 3]);
        Now.Do(store.CommitAsync(batch)).Status.ShouldBe(CommitStatus.Committed);
    }

    private ContainerStore Open(TestContainer kind, SimulatedDisk disk, bool accepts = false, bool readOnly = false) => kind.Open(
        disk.Open(readOnly), TestContainer.Deterministic() with { Memory = notes, AcceptRollback = accepts, ReadOnly = readOnly });

    /// <summary>Opens, changes something, closes; the generation after it.</summary>
    private ulong Use(TestContainer kind, SimulatedDisk disk, bool accepts = false)
    {
        ContainerStore store = Open(kind, disk, accepts);
        Put(store, 5);
        Now.Do(store.DisposeAsync());
        return store.Root.Generation;
    }

    private void Examine(TestContainer kind, SimulatedDisk disk)
    {
        using SimulatedMedium medium = disk.Open(readOnly: true);
        IMedium lifted = Container.Veiling.VeiledMedium.Lift(medium, kind.VolumeKey);
        RollbackCheck.Run(lifted, ContainerHeader.Read(lifted, forWriting: false), kind.VolumeKey, new ContainerOptions { Memory = notes });
    }
}
