using System.Security.Cryptography;
using Tessera.Container;
using Tessera.Container.Checking;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Crypto;
using Tessera.Testing.Simulation;

namespace Tessera.Testing.Containers;

/// <summary>Containers on simulated disks, with a raw volume key: no password hashing in simulations.</summary>
public sealed record TestContainer(ContainerProfile Profile, PlacementKind Placement)
{
    /// <summary>The loosest limit of a small container.</summary>
    private const long LoosestSmall = 60L << 20;

    /// <summary>A scattered container has its size from the beginning: room for the workloads that let others grow.</summary>
    private const long FixedSize = 192L << 20;

    public static byte[] Key { get; } = SHA256.HashData("a raw volume key for simulations"u8);

    public static Guid Host { get; } = new("00000000-0000-0000-0000-000000000001");

    /// <summary>It is a folder of files of this length, cut out of the disk one after the other; 0: it has the disk for itself.</summary>
    public long FileBytes { get; init; }

    /// <summary>Stripes with parity; null: none.</summary>
    public ParityShape? Parity { get; init; }

    /// <summary>Less than a group, until it is grown.</summary>
    public bool IsSmall { get; init; }

    public FixedPlaces Places => new(IsSmall);

    /// <summary>A log of the smallest length, so that checkpoints and the ring's end come often.</summary>
    public long LogBytes => IsSmall || Parity is not null ? 2L << 20 : 8L << 20;

    public Guid VolumeId { get; init; } = new("11111111-2222-3333-4444-555555555555");

    public ReadOnlySpan<byte> VolumeKey => Profile == ContainerProfile.Plain ? new byte[32] : Key;

    public void Format(SimulatedDisk disk, long sizeLimit = 0, long logBytes = 0)
    {
        using IMedium medium = disk.Open();
        Format(medium, sizeLimit, logBytes);
    }

    public void Format(IMedium medium, long sizeLimit = 0, long logBytes = 0) => ContainerFormatter.Format(
        Wrap(medium),
        new FormatOptions
        {
            Profile = Profile,
            Algorithm = Profile == ContainerProfile.Plain ? SealAlgorithm.Checksum : SealAlgorithm.Aes256Gcm,
            Placement = Placement,
            VolumeId = VolumeId,
            SizeLimit = sizeLimit != 0 ? sizeLimit : Profile == ContainerProfile.Scattered ? FixedSize : IsSmall ? LoosestSmall : 0,
            IsFilled = true,
            Parity = Parity,
            LogBytes = logBytes == 0 ? LogBytes : logBytes,
            Host = Host,
        },
        VolumeKey);

    public ContainerStore Open(IMedium medium, ContainerOptions? options = null) =>
        ContainerOpener.Open(Wrap(medium), VolumeKey, (options ?? Deterministic()) with { Host = Host });

    /// <summary>Checks that every slot is used once and marked so, or free and marked so.</summary>
    public CheckReport Check(IMedium medium) =>
        ContainerChecker.Check(Wrap(medium), VolumeKey, new CheckOptions { Blocks = StoreOracle.Owns, ReadBlocks = false });

    /// <summary>The folder on a disk, where it is one.</summary>
    public IMedium Wrap(IMedium disk) => FileBytes == 0 ? disk : new FolderMedium(new DiskParts(disk, FileBytes));

    /// <summary>Everything on the caller's thread, and placements by a seed.</summary>
    public static ContainerOptions Deterministic(ulong seed = 1)
    {
        ulong state = seed;
        return new ContainerOptions
        {
            Background = false,
            Random = () =>
            {
                ulong z = state += 0x9E3779B97F4A7C15;
                z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9;
                z = (z ^ (z >> 27)) * 0x94D049BB133111EB;
                return z ^ (z >> 31);
            },
        };
    }

    public static SimulatedDiskOptions Disk(ulong seed) => new() { Seed = seed, LengthBytes = 0, CapacityBytes = 256L << 20 };
}
