using Tessera.Host.CommandLine;

namespace Tessera.Host.Mounting;

/// <summary>The options that are for scattered volumes only.</summary>
internal static class ScatteredOptions
{
    /// <summary>Elsewhere the map of what is used is in the clear between the lines: decoys and moving about would cost and hide nothing.</summary>
    /// <param name="options">What was asked for.</param>
    /// <param name="isScattered">The volume's profile is.</param>
    /// <param name="isPlain">It lies in one file or device, without parity.</param>
    /// <exception cref="CommandException">It cannot be had with this volume.</exception>
    public static void Require(MountOptions options, bool isScattered, bool isPlain)
    {
        string? name = options.Decoys is not null ? "decoys" : options.CoverRate is not null ? "cover" : options.ReshufflePercent is not null ? "reshuffle" : options.ShowTimes ? "show_times" : null;
        if (name is not null && !isScattered)
        {
            throw new CommandException(ExitCode.Usage, $"The mount option '{name}' is for volumes of profile scattered.", "Leave it out.");
        }

        if (options.CoverRate is not null && (!isPlain || options.ReadOnly))
        {
            throw new CommandException(
                ExitCode.Usage, "With the mount option 'cover' slots are written one by one: not to a folder of files, to a volume with parity or to a read-only mount.", "Leave it out.");
        }
    }
}
