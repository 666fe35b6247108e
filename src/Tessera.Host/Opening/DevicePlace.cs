using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Opening;

/// <summary>A block device as the place of a new volume: as large as it is, and nothing on it may be lost by mistake.</summary>
internal static class DevicePlace
{
    /// <summary>Where file systems, partition tables, arrays and volumes of others say that they are there: at the beginning or at the end.</summary>
    private const int Looked = 1 << 20;

    /// <summary>Opens the device, alone, and gives the volume its size.</summary>
    /// <exception cref="CommandException">It is not empty, too small, or something is asked that it cannot have: exit 2.</exception>
    /// <exception cref="MediumException">It is in use, or not this user's to write to.</exception>
    public static FileMedium Open(string volume, ref NewVolume wanted)
    {
        FileMedium device = FileMedium.Open(volume);
        try
        {
            RequireFit(volume, device, wanted);
            if (!wanted.Overwrites && !(IsEmpty(device, 0) && IsEmpty(device, device.Length - Looked)))
            {
                throw new CommandException(
                    ExitCode.Usage, $"There is something on {volume}.", "Nothing was changed. Look at it with 'blkid -p' or 'lsblk -f'; --overwrite makes the volume, and all that is there is lost.");
            }

            wanted = wanted with { SizeLimit = wanted.SizeLimit == 0 ? device.Length : wanted.SizeLimit };
            return device;
        }
        catch
        {
            device.Dispose();
            throw;
        }
    }

    private static void RequireFit(string volume, FileMedium device, NewVolume wanted)
    {
        long least = wanted.Parity is null ? NewVolumeOptions.LeastSize(wanted.Profile, isFolder: false) : ParityShape.LeastMedium;
        string? reason =
            device.Length < least ? $"{volume} has {ByteSize.Format((ulong)device.Length)}; a volume{(least > Geometry.MinVolume ? " that is scattered" : string.Empty)} has at least {least >> 20}M."
            : wanted.FileBytes != 0 ? "--file-size is for a folder of files; this is a block device."
            : wanted.SizeLimit > device.Length ? $"{volume} has {ByteSize.Format((ulong)device.Length)}, and --size says more."
            : wanted.Profile == ContainerProfile.Scattered && wanted.SizeLimit != 0 && wanted.SizeLimit != device.Length ? "A scattered volume takes all of a device: leave --size out."
            : null;
        if (reason is not null)
        {
            throw new CommandException(ExitCode.Usage, reason);
        }
    }

    private static bool IsEmpty(FileMedium device, long from)
    {
        byte[] bytes = new byte[Looked];
        device.Read(from, bytes);
        return !bytes.AsSpan().ContainsAnyExcept((byte)0);
    }
}
