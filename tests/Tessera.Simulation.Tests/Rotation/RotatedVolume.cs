using System.Text;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Rotating;
using Tessera.Container.Sealing;
using Tessera.Container.Veiling;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Testing.Containers;
using Tessera.Testing.Models;
using Tessera.Testing.Simulation;
using Tessera.Volumes;
using Tessera.Volumes.Checking;

namespace Tessera.Simulation.Tests.Rotation;

/// <summary>A volume with files of all sizes, some of which share blocks, whose key is rotated as the command does it (docs/format/keys.md, section 6.1).</summary>
internal sealed class RotatedVolume : IDisposable
{
    private const uint FileMode = ModeBits.Regular | 0x180;
    private const long LogBytes = 8L << 20;

    /// <summary>Times through everything, and changes meanwhile.</summary>
    private const int MostRounds = 20;
    private const int MostUses = 60;
    private const long ScatteredSize = 64L << 20;
    private static readonly Guid s_id = new("0a0b0c0d-0102-0304-0506-0708090a0b0c");
    private static readonly int[] s_lengths = [100, 3_000, 9_000, 20_000, 130_000, 5, 70_000, 4_096, 4_097, 12_000];
    private static readonly int[] s_large = [1_200_000, 2_500_000];
    private readonly bool isScattered;
    private readonly bool isUsed;
    private readonly DeviceKey device = DeviceKey.FromBytes([.. Enumerable.Range(1, DeviceKey.Size).Select(i => (byte)i)]);
    private readonly SecretBytes first;
    private readonly SecretBytes second = SecretBytes.Random(KeyHeader.VolumeKeySize);
    private readonly Dictionary<string, byte[]> files = new(StringComparer.Ordinal);

    /// <param name="isScattered">Of that profile.</param>
    /// <param name="isUsed">Files are written, copied and deleted while everything is sealed anew, as in a mount.</param>
    public RotatedVolume(bool isScattered, bool isUsed = false)
    {
        this.isScattered = isScattered;
        this.isUsed = isUsed;
        byte[] slots = new byte[Geometry.KeySlotsLength];
        KeyHeader header = KeyHeader.Create(s_id.ToByteArray(bigEndian: true), new KeyCredential(passphrase: null, device), new KeySlotOptions(), out first, out RecoveryCode code);
        code.Dispose();
        header.Encode(slots);
        var disk = new SimulatedDisk(Options(traced: false));
        using (IMedium medium = disk.Open())
        {
            ContainerFormatter.Format(
                medium,
                new FormatOptions
                {
                    Profile = isScattered ? ContainerProfile.Scattered : ContainerProfile.Sealed,
                    Algorithm = SealAlgorithm.Aes256Gcm,
                    Placement = isScattered ? PlacementKind.Scattered : PlacementKind.Local,
                    VolumeId = s_id,
                    KeySlots = slots,
                    SizeLimit = isScattered ? ScatteredSize : 0,
                    IsFilled = true,
                    LogBytes = LogBytes,
                    Host = TestContainer.Host,
                },
                first.Span);
        }

        Fill(disk);
        Image = disk.ImageAfterKill().Freeze();
    }

    /// <summary>As it is before the rotation.</summary>
    public DiskImage Image { get; }

    public void Dispose()
    {
        first.Dispose();
        second.Dispose();
        device.Dispose();
    }

    public SimulatedDisk Disk(DiskImage image, bool traced) => new(image, Options(traced));

    /// <summary>The rotation from its beginning to its end.</summary>
    /// <param name="disk">With the volume of before.</param>
    /// <param name="bug">What is wrong with it.</param>
    /// <param name="begun">Told when the volume is open under the new key.</param>
    public void Rotate(SimulatedDisk disk, PlantedBug bug, Action<ContainerStore>? begun = null)
    {
        IMedium medium = bug.Wrap(disk.Open());
        IMedium lifted = VeiledMedium.Lift(medium, first.Span);
        KeyHeaderChoice keys = ReadKeys(lifted);
        KeyHeader header = keys.Header.Rotate(first, second, new Dictionary<int, KeyCredential> { [0] = new(passphrase: null, device) }, code: null, out RecoveryCode? code);
        code!.Dispose();
        IMedium written = lifted is VeiledMedium veil ? veil.Rekeyed(second.Span, HiddenKeys.Create()) : medium;
        WriteKeys(written, header, keys.IsSecond);
        (written as VeiledMedium)?.Leave();
        lifted.Dispose();
        GoOn(disk, bug, begun);
    }

    /// <summary>What the same command does after an interruption.</summary>
    public void GoOn(SimulatedDisk disk, PlantedBug bug, Action<ContainerStore>? begun = null)
    {
        ContainerStore store = ContainerOpener.Open(bug.Wrap(disk.Open()), second.Span, TestContainer.Deterministic((ulong)disk.Trace.Count) with { Host = TestContainer.Host });
        begun?.Invoke(store);
        if (store.IsRotating)
        {
            Volume volume = OpenVolume(store);
            Verify(volume);
            Reseal(store, volume);
            Now.Do(volume.CloseAsync());
        }

        Now.Do(store.DisposeAsync());
        IMedium medium = VeiledMedium.Lift(bug.Wrap(disk.Open()), second.Span);
        KeyHeaderChoice keys = ReadKeys(medium);
        WriteKeys(medium, keys.Header.WithRotation(second, KeyRotation.None), keys.IsSecond);
        medium.Dispose();
    }

    /// <summary>As a mount does it: as often as it takes, since what is copied behind it is left for another time.</summary>
    private void Reseal(ContainerStore store, Volume volume)
    {
        int uses = 0;
        for (int rounds = 0; store.IsRotating; rounds++)
        {
            rounds.ShouldBeLessThan(MostRounds);
            ResealResult contents = Now.Do(volume.ResealAsync(new ResealOptions { Pace = PaceAsync }));
            contents.Damaged.ShouldBe(0);
            contents.HasRoom.ShouldBeTrue();
            RetirementResult nodes = KeyRetirement.Run(store, new RetirementOptions
            {
                Blocks = VolumeBlocks.TryReadBlock,
                MostWays = isUsed ? RetirementOptions.FewWays : RetirementOptions.ManyWays,
                KeepsReserve = isUsed,
                Pace = _ => Use(),
            });
            nodes.LostNodes.ShouldBe(0);
            nodes.IsRetired.ShouldBe(!store.IsRotating);
            (isUsed || nodes.IsRetired).ShouldBeTrue();
        }

        ValueTask PaceAsync(long bytes)
        {
            Use();
            return default;
        }

        void Use()
        {
            if (isUsed && uses < MostUses)
            {
                ChangeNothing(volume, uses++);
            }
        }
    }

    /// <summary>Changes where bytes of files lie, who shares them, and in which order; never what they are, so that every moment reads the same.</summary>
    private void ChangeNothing(Volume volume, int turn)
    {
        (string name, byte[] content) = files.ElementAt(turn % files.Count);
        ulong ino = Find(volume, name);
        switch (turn % 3)
        {
            case 0:
                int start = content.Length / 3;
                ReadOnlyMemory<byte> part = content.AsMemory(start, content.Length / 2);
                Now.Do(volume.WriteAsync(Caller.Engine, new FileSpan(ino, 0, (ulong)start), part, WriteFlags.None)).Ok.ShouldBeTrue();
                Now.Do(volume.WriteBackAsync());
                break;
            case 1:
                (string twin, _) = files.First(file => file.Value == content);
                (string other, _) = files.Last(file => file.Value == content);
                Now.Do(volume.CopyRangeAsync(Caller.Engine, new FileSpan(Find(volume, other), 0, 0), new FileSpan(Find(volume, twin), 0, 0), (ulong)content.Length)).Error
                    .ShouldBe(twin == other ? FsError.InvalidArgument : FsError.None);
                break;
            default:
                ReadOnlyMemory<byte> passing = Encoding.UTF8.GetBytes("passing");
                FsResult<InodeAttributes> known = Now.Do(volume.LookupAsync(Caller.Engine, FsLimits.RootInode, passing));
                ulong copy = known.Ok ? known.Value.Ino : Make(volume, "passing");
                Now.Do(volume.CopyRangeAsync(Caller.Engine, new FileSpan(ino, 0, 0), new FileSpan(copy, 0, 0), (ulong)content.Length)).Ok.ShouldBeTrue();
                if (turn % 2 == 0)
                {
                    Now.Do(volume.UnlinkAsync(Caller.Engine, FsLimits.RootInode, passing)).ShouldBe(FsError.None);
                    Now.Do(volume.CollectOrphansAsync());
                }

                break;
        }
    }

    /// <summary>After a cut: it reads as it was, nothing is wrong in it, and the command ends what it began; or begins anew, where nothing was begun.</summary>
    /// <returns>Whether the rotation had begun.</returns>
    public bool Recover(SimulatedDisk disk)
    {
        bool isBegun = IsOfSecond(disk);
        VerifyReadOnly(disk, isBegun ? second : first, isTorn: true);
        if (isBegun)
        {
            GoOn(disk, PlantedBug.None);
        }
        else
        {
            Rotate(disk, PlantedBug.None);
        }

        VerifyEnd(disk);
        return isBegun;
    }

    /// <summary>Bytes in use, of a volume that is under the new key, or the old one.</summary>
    public ulong UsedBytes(SimulatedDisk disk)
    {
        ContainerStore store = ContainerOpener.Open(
            disk.Open(readOnly: true), (IsOfSecond(disk) ? second : first).Span, TestContainer.Deterministic() with { Host = TestContainer.Host, ReadOnly = true });
        ulong used = store.GetStatistics().UsedBytes;
        Now.Do(store.DisposeAsync());
        return used;
    }

    private void VerifyEnd(SimulatedDisk disk)
    {
        IsOfSecond(disk).ShouldBeTrue();
        VerifyReadOnly(disk, second, isTorn: false);
        using IMedium medium = disk.Open(readOnly: true);
        using var older = new SealingKeys(SealAlgorithm.Aes256Gcm, first.Span, s_id);
        new RootStore(medium, older, FixedPlaces.Ordinary).Find().ShouldBeEmpty();
        IMedium lifted = VeiledMedium.Lift(medium, second.Span);
        KeyHeader header = ReadKeys(lifted).Header;
        (header.Rotation, header.KeyEpoch).ShouldBe((KeyRotation.None, 2u));
        (lifted as VeiledMedium)?.Leave();
    }

    /// <param name="disk">With the volume.</param>
    /// <param name="key">What opens it.</param>
    /// <param name="isTorn">One of two copies may be torn: the cut came while it was written.</param>
    private void VerifyReadOnly(SimulatedDisk disk, SecretBytes key, bool isTorn)
    {
        using (IMedium medium = disk.Open(readOnly: true))
        {
            CheckReport report = ContainerChecker.Check(medium, key.Span, new CheckOptions { Blocks = new VolumeBlocks().TryGetBlock, ReadBlocks = true });
            report.Findings.Where(finding => !isTorn || finding.Severity != FindingSeverity.Repairable).Select(finding => finding.What).ShouldBeEmpty();
        }

        ContainerStore store = ContainerOpener.Open(disk.Open(readOnly: true), key.Span, TestContainer.Deterministic() with { Host = TestContainer.Host, ReadOnly = true });
        Volume volume = OpenVolume(store, isReadOnly: true);
        Verify(volume);
        Now.Do(volume.CloseAsync());
        Now.Do(store.DisposeAsync());
    }

    /// <summary>Which key somebody comes to who has the device key, or a passphrase: of a scattered volume by the first copy of the veil that opens.</summary>
    private bool IsOfSecond(SimulatedDisk disk)
    {
        using IMedium medium = disk.Open(readOnly: true);
        if (!isScattered)
        {
            KeyHeader header = ReadKeys(medium).Header;
            header.TryUnlock(new KeyCredential(passphrase: null, device), out SecretBytes? key, out _).ShouldBeTrue();
            using (key)
            {
                return key!.FixedTimeEquals(second);
            }
        }

        var stored = new AlignedBuffer(VeilPages.LogicalLength);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Read(FixedPlaces.Ordinary.HeaderOffset(copy), stored.Span);
            foreach (SecretBytes key in (SecretBytes[])[first, second])
            {
                if (VeilPages.TryOpen(copy, key.Span, stored.Span) is not null)
                {
                    return key == second;
                }
            }
        }

        throw new SimulationFailureException("Neither copy of the veil opens.");
    }

    private void Fill(SimulatedDisk disk)
    {
        ContainerStore store = ContainerOpener.Open(disk.Open(), first.Span, TestContainer.Deterministic() with { Host = TestContainer.Host });
        Now.Do(Volume.FormatAsync(store, new SteppingClock(), Caller.Engine));
        Volume volume = OpenVolume(store);
        foreach (int length in isScattered ? s_lengths : [.. s_lengths, .. s_large])
        {
            byte[] content = new byte[length];
            new Random(length).NextBytes(content);
            ulong ino = Make(volume, $"file of {length}");
            Now.Do(volume.WriteAsync(Caller.Engine, new FileSpan(ino, 0, 0), content, WriteFlags.None)).Ok.ShouldBeTrue();
            files[$"file of {length}"] = content;
        }

        Now.Do(volume.WriteBackAsync());
        foreach (int length in isScattered ? [20_000, 130_000, 20_000] : (int[])[20_000, 130_000, 20_000, s_large[0]])
        {
            string name = $"copy {files.Count} of {length}";
            ulong source = Find(volume, $"file of {length}");
            Now.Do(volume.CopyRangeAsync(Caller.Engine, new FileSpan(source, 0, 0), new FileSpan(Make(volume, name), 0, 0), (ulong)length)).Value.ShouldBe((ulong)length);
            files[name] = files[$"file of {length}"];
        }

        Now.Do(volume.CloseAsync());
        Now.Do(store.DisposeAsync());
    }

    private void Verify(Volume volume)
    {
        foreach ((string name, byte[] content) in files)
        {
            byte[] read = new byte[content.Length + 1];
            FsResult<int> result = Now.Do(volume.ReadAsync(Caller.Engine, new FileSpan(Find(volume, name), 0, 0), read));
            (result.Ok && result.Value == content.Length && read.AsSpan(0, content.Length).SequenceEqual(content)).ShouldBeTrue($"{name}: {result.Error}");
        }
    }

    private static ulong Make(Volume volume, string name) =>
        Now.Do(volume.MakeNodeAsync(Caller.Engine, FsLimits.RootInode, Encoding.UTF8.GetBytes(name), new NewNode(FileMode, 0, default))).Value.Ino;

    private static ulong Find(Volume volume, string name) => Now.Do(volume.LookupAsync(Caller.Engine, FsLimits.RootInode, Encoding.UTF8.GetBytes(name))).Value.Ino;

    private static Volume OpenVolume(ContainerStore store, bool isReadOnly = false) => Now.Do(Volume.OpenAsync(
        store, new VolumeOptions { ReadOnly = isReadOnly, AccessTimes = AccessTimePolicy.Never, BackgroundWriteBack = false, BackgroundWorkers = false }, new SteppingClock()));

    private static KeyHeaderChoice ReadKeys(IMedium medium)
    {
        var copies = new AlignedBuffer(Geometry.Copies * Geometry.KeySlotsLength);
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Read(FixedPlaces.Ordinary.KeySlotsOffset(copy), copies.Span.Slice(copy * Geometry.KeySlotsLength, Geometry.KeySlotsLength));
        }

        return KeyHeader.ChooseNewest(copies.Span[..Geometry.KeySlotsLength], copies.Span[Geometry.KeySlotsLength..]);
    }

    /// <summary>The copy that did not count first, each durable before the next.</summary>
    private static void WriteKeys(IMedium medium, KeyHeader header, bool countedIsSecond)
    {
        var bytes = new AlignedBuffer(Geometry.KeySlotsLength);
        header.Encode(bytes.Span);
        foreach (int copy in (int[])(countedIsSecond ? [0, 1] : [1, 0]))
        {
            medium.Write(FixedPlaces.Ordinary.KeySlotsOffset(copy), bytes.Span, WriteMode.Direct);
            medium.Flush();
        }
    }

    private static SimulatedDiskOptions Options(bool traced) =>
        new() { Seed = 11, LengthBytes = 0, CapacityBytes = AgedContainer.HostBytes, Traced = traced };
}
