using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;
using Tessera.Container;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Container.Veiling;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>Makes a medium as the shipped command does, by the engine in this process: a real file, the same options, keys of its own each time. Only the passphrase
/// is left out, because deriving its key would take all the time; a recovery code opens a slot instead.</summary>
internal static class Vault
{
    public const long Length = Geometry.GroupSize;
    private const int VeilBytes = Geometry.SlotSize + Geometry.KeySlotsLength;
    private const int HoleBytes = 1 << 20;

    /// <summary>How long the medium is: as short as can be.</summary>
    public static long LengthOf(ParityShape? parity) => parity is null ? Length : ParityShape.LeastMedium;

    /// <summary>Makes the medium of a world.</summary>
    /// <param name="path">A new file.</param>
    /// <param name="world">What is on it.</param>
    /// <param name="leak">A mistake to plant.</param>
    /// <param name="parity">Stripes with parity; null: none.</param>
    public static async Task MakeAsync(string path, World world, Leak leak, ParityShape? parity)
    {
        if (world.FillAsync is not { } fill)
        {
            FillWithNoise(path, LengthOf(parity));
            return;
        }

        byte[] key = RandomNumberGenerator.GetBytes(KeyHeader.VolumeKeySize);
        ulong commits = await WriteAsync(path, key, fill, FormatOf(leak, key, parity, world.Keys));
        using FileMedium medium = FileMedium.Open(path);
        if (leak == Leak.ZeroedKeySlots)
        {
            ZeroKeySlots(medium, world.Keys);
            return;
        }

        Plant(medium, leak, commits, key);
    }

    /// <summary>Where only one of two worlds has the mistake, this is the one: nothing is given up in an empty volume.</summary>
    public static void Punch(string path)
    {
        using FileMedium medium = FileMedium.Open(path);
        medium.Punch(Length / 2, HoleBytes);
    }

    private static async Task<ulong> WriteAsync(string path, byte[] key, Func<Volume, ValueTask> fill, FormatOptions format)
    {
        using (FileMedium medium = FileMedium.Create(path, 0))
        {
            if (format.Profile == ContainerProfile.Sealed)
            {
                WriteNoise(medium, Length);
            }

            ContainerFormatter.Format(medium, format, key);
        }

        await using ContainerStore store = ContainerOpener.Open(FileMedium.Open(path), key, new ContainerOptions());
        await Volume.FormatAsync(store, SystemClock.Instance, Caller.Engine);
        Volume volume = await Volume.OpenAsync(store, new VolumeOptions(), SystemClock.Instance);
        await fill(volume);
        await volume.CloseAsync();
        return store.LastSequence;
    }

    private static FormatOptions FormatOf(Leak leak, byte[] key, ParityShape? parity, int keys)
    {
        using SecretBytes secret = SecretBytes.CopyOf(key);
        HiddenKeys hidden = HiddenKeys.Create();
        byte[] told = new byte[Geometry.KeySlotsLength];
        for (int slot = 0; slot < keys; slot++)
        {
            using RecoveryCode code = RecoveryCode.Create();
            hidden.Put(slot, code, secret);
            Encoding.UTF8.GetBytes($"what the volume itself tells of its key slot {slot}").CopyTo(told, told.Length / KeyHeader.SlotCount * slot);
        }

        return new FormatOptions
        {
            Profile = leak == Leak.AlikeCopies ? ContainerProfile.Sealed : ContainerProfile.Scattered,
            Placement = PlacementKind.Scattered,
            VolumeId = Guid.NewGuid(),
            KeySlots = told,
            HiddenKeys = hidden,
            SizeLimit = LengthOf(parity),
            Parity = parity,
            IsFilled = leak == Leak.ZeroedFreeSlots,
        };
    }

    private static void Plant(FileMedium medium, Leak leak, ulong commits, byte[] key)
    {
        byte[] page = new byte[Geometry.SlotSize];
        switch (leak)
        {
            case Leak.ReadableMagic:
                medium.Read(0, page);
                "TESSERA\0"u8.CopyTo(page);
                medium.Write(0, page, WriteMode.Cached);
                break;
            case Leak.PlainCounter:
                medium.Read(FixedPlaces.Ordinary.RootOffset(0, 0), page);
                BinaryPrimitives.WriteUInt64LittleEndian(page.AsSpan(Geometry.SlotSize - sizeof(ulong)), commits);
                medium.Write(FixedPlaces.Ordinary.RootOffset(0, 0), page, WriteMode.Cached);
                break;
            case Leak.AlikeCopies:
                for (int copy = 0; copy < Geometry.Copies; copy++)
                {
                    medium.Write(FixedPlaces.Ordinary.HeaderOffset(copy), RandomNumberGenerator.GetBytes(VeilBytes), WriteMode.Cached);
                }

                break;
            case Leak.UnmaskedParity:
                MaskRemoval.OfParity(medium, key);
                break;
            case Leak.UnmaskedLog:
                MaskRemoval.OfLog(medium, key);
                break;
            default:
                break;
        }
    }

    private static void ZeroKeySlots(FileMedium medium, int used)
    {
        const int SlotBytes = (HiddenSlots.Size - KeyDerivation.SaltSize) / KeyHeader.SlotCount;
        byte[] page = new byte[Geometry.SlotSize];
        for (int copy = 0; copy < Geometry.Copies; copy++)
        {
            medium.Read(FixedPlaces.Ordinary.HeaderOffset(copy), page);
            page.AsSpan(KeyDerivation.SaltSize + (used * SlotBytes), (KeyHeader.SlotCount - used) * SlotBytes).Clear();
            medium.Write(FixedPlaces.Ordinary.HeaderOffset(copy), page, WriteMode.Cached);
        }
    }

    private static void FillWithNoise(string path, long length)
    {
        using FileMedium medium = FileMedium.Create(path, 0);
        WriteNoise(medium, length);
    }

    /// <summary>By the system's generator, not by what fills a volume: the two must look alike.</summary>
    private static void WriteNoise(FileMedium medium, long length)
    {
        medium.Grow(length);
        byte[] chunk = new byte[1 << 20];
        for (long at = 0; at < length; at += chunk.Length)
        {
            RandomNumberGenerator.Fill(chunk);
            medium.Write(at, chunk, WriteMode.Cached);
        }
    }
}
