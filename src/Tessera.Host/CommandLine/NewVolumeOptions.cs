using System.CommandLine;
using Tessera.Container.Format;
using Tessera.Container.Media;
using Tessera.Container.Parity;
using Tessera.Crypto;
using Tessera.Host.Opening;
using Tessera.Host.Secrets;

namespace Tessera.Host.CommandLine;

/// <summary>The options that say what a new volume shall be, of "init" and of "mount --create".</summary>
internal sealed class NewVolumeOptions
{
    private readonly Option<string> _profile = new("--profile")
    {
        Description = "sealed: everything encrypted. scattered: all of its size is noise from the beginning, and nothing shows that it is a volume; needs --size. plain: nothing hidden, damage is still found.",
        DefaultValueFactory = _ => "sealed",
        HelpName = "sealed|scattered|plain",
    };

    private readonly Option<string> _algorithm = new("--algorithm")
    {
        Description = "aes: AES-256-GCM, the fastest where the processor has AES instructions. chacha: ChaCha20-Poly1305.",
        DefaultValueFactory = _ => "aes",
        HelpName = "aes|chacha",
    };

    private readonly Option<string?> _size = new("--size")
    {
        Description = "The largest the volume may become, as 10G: 8M or more, of a scattered volume or a folder 64M or more; without it as large as the disk beneath allows. A scattered volume has that size at once. It can be grown.",
        HelpName = "SIZE",
    };

    private readonly Option<string?> _fileSize = new("--file-size")
    {
        Description = "Make a folder of files that all have this size, as 8M, in the place of one file: for programs that copy whole files that have changed. 1M to 1G.",
        HelpName = "SIZE",
    };

    private readonly Option<string[]> _spread = new("--spread")
    {
        Description = "Of a folder: put its files into this directory and the others that are named so, in turn, each on a disk of its own, say; in the folder are links. With parity, what lies on a lost disk is made good.",
        HelpName = "DIRECTORY",
    };

    private readonly Option<string?> _parity = new("--parity")
    {
        Description = "Of a scattered volume: keep parity, so that damage is made good. 8+2: of ten slots any two may be damaged or lost, and of a folder's files two. 8 or 16, and 1 to 4. Takes that share of the size, and is kept for good.",
        HelpName = "K+M",
    };

    private readonly Option<bool> _overwrite = new("--overwrite")
    {
        Description = "Make the volume on a block device although something is on it: all of that is lost.",
    };

    private readonly Option<string?> _keyMemory = KeyCostOption.Create();

    private readonly Option<string> _mode = KeyModeOption.Create();

    private readonly TpmOptions _tpm;

    private readonly Fido2Options _fido2;

    private NewVolumeOptions(Command command)
    {
        _tpm = TpmOptions.AddTo(command);
        _fido2 = Fido2Options.AddTo(command);
    }

    public static NewVolumeOptions AddTo(Command command)
    {
        var options = new NewVolumeOptions(command);
        options._profile.AcceptOnlyFromAmong("sealed", "scattered", "plain");
        options._algorithm.AcceptOnlyFromAmong("aes", "chacha");
        command.Add(options._profile);
        command.Add(options._algorithm);
        command.Add(options._size);
        command.Add(options._fileSize);
        command.Add(options._spread);
        command.Add(options._parity);
        command.Add(options._overwrite);
        command.Add(options._keyMemory);
        command.Add(options._mode);
        return options;
    }

    /// <param name="parsed">The command line.</param>
    /// <param name="source">What shall open it.</param>
    /// <exception cref="CommandException">A value is beyond its limits: exit 2.</exception>
    public NewVolume Read(ParseResult parsed, PassphraseSource source)
    {
        ContainerProfile profile = parsed.GetValue(_profile) switch
        {
            "plain" => ContainerProfile.Plain,
            "scattered" => ContainerProfile.Scattered,
            _ => ContainerProfile.Sealed,
        };
        SlotMode mode = profile == ContainerProfile.Plain ? SlotMode.User : KeyModeOption.Parse(parsed.GetValue(_mode), source, "--key-file");
        if (profile == ContainerProfile.Scattered && (mode != SlotMode.User || source.KeyFile is not null || source.Fido2 is not null))
        {
            throw UnlockedVolume.NoKeyFiles();
        }

        ParityShape? parity = ReadParity(parsed.GetValue(_parity), profile);
        long sizeLimit = ReadSize(parsed.GetValue(_size), parity is null ? LeastSize(profile, isFolder: parsed.GetValue(_fileSize) is not null) : ParityShape.LeastMedium);
        long fileBytes = ReadFileSize(parsed.GetValue(_fileSize), sizeLimit);
        RequireFilesFor(parity, sizeLimit, fileBytes);
        string[] spread = ReadSpread(parsed.GetValue(_spread) ?? [], parity, fileBytes);
        return new NewVolume
        {
            Profile = profile,
            Placement = profile == ContainerProfile.Scattered ? PlacementKind.Scattered : PlacementKind.Local,
            Algorithm = parsed.GetValue(_algorithm) == "chacha" ? SealAlgorithm.ChaCha20Poly1305 : SealAlgorithm.Aes256Gcm,
            SizeLimit = sizeLimit,
            FileBytes = fileBytes,
            Spread = spread,
            Parity = parity,
            Overwrites = parsed.GetValue(_overwrite),
            KeyMode = mode,
            Sealing = _tpm.Read(parsed, mode.Kind),
            Fido2 = _fido2.Read(parsed, mode, source.Fido2),
            KeyCost = KeyCostOption.Parse(parsed.GetValue(_keyMemory)),
        };
    }

    private static ParityShape? ReadParity(string? text, ContainerProfile profile)
    {
        if (text is null)
        {
            return null;
        }

        if (profile != ContainerProfile.Scattered)
        {
            throw new CommandException(ExitCode.Usage, "Parity is for scattered volumes: --profile scattered --parity 8+2.");
        }

        return ParityShape.TryParse(text, out ParityShape shape)
            ? shape
            : throw new CommandException(ExitCode.Usage, $"--parity takes 8+1 to 16+{StripeLayout.MostParity}: 8 or 16 slots of data, and 1 to {StripeLayout.MostParity} of parity; '{text}' is none of these.");
    }

    /// <summary>Each slot of a stripe lies in a file of its own, and the two copies of the fixed slots in two files.</summary>
    private static void RequireFilesFor(ParityShape? parity, long sizeLimit, long fileBytes)
    {
        if (parity is not { } shape || fileBytes == 0)
        {
            return;
        }

        int width = shape.Data + shape.Parity;
        if (fileBytes - FolderMedium.StampPage > FixedPlaces.Ordinary.HeaderOffset(1))
        {
            throw new CommandException(ExitCode.Usage, "The files of a folder with parity have at most 63M.");
        }

        // The files are made in rows of one for each slot of a stripe; what is over is left out.
        long row = width * (fileBytes - FolderMedium.StampPage);
        if (sizeLimit / row * row < ParityShape.LeastMedium)
        {
            throw new CommandException(
                ExitCode.Usage,
                $"With parity {shape} a folder has {width} files or a multiple, and {ParityShape.LeastMedium >> 20}M or more in them: choose a smaller --file-size, or a larger --size.");
        }
    }

    /// <summary>In full; a lost directory is to leave as much as there can be.</summary>
    private static string[] ReadSpread(string[] named, ParityShape? parity, long fileBytes)
    {
        string[] directories = [.. named.Select(static name => Path.TrimEndingDirectorySeparator(Path.GetFullPath(name)))];
        if (directories.Length == 0)
        {
            return directories;
        }

        if (fileBytes == 0 || directories.Length == 1 || directories.Distinct(StringComparer.Ordinal).Count() < directories.Length)
        {
            throw new CommandException(ExitCode.Usage, "--spread is for a folder of files, and names two directories or more: --file-size 64M --spread /mnt/a/vault --spread /mnt/b/vault.");
        }

        int width = parity is { } shape ? shape.Data + shape.Parity : directories.Length;
        var spread = new PartSpread(directories, width);
        if (parity is null)
        {
            Console.Error.WriteLine("Without --parity a lost directory is the loss of the volume.");
            return directories;
        }

        if (spread.Deal(fileBytes - FolderMedium.StampPage) is null)
        {
            throw new CommandException(ExitCode.Usage, "Both copies of the header would lie in one of these directories: choose another --file-size, or another number of directories.");
        }

        if (spread.Share > parity.Value.Parity)
        {
            Console.Error.WriteLine(
                $"Each of these directories has {spread.Share} of the {width} files of a row, and parity makes {parity.Value.Parity} good: the loss of one is the loss of the volume. With {(width + parity.Value.Parity - 1) / parity.Value.Parity} directories or more it is not.");
        }

        return directories;
    }

    private static long ReadFileSize(string? text, long sizeLimit)
    {
        long bytes = text is null ? 0 : ByteSize.Parse(text);
        if (text is not null && (bytes is < FolderMedium.LeastFileBytes or > FolderMedium.MostFileBytes || bytes % Geometry.SlotSize != 0))
        {
            throw new CommandException(ExitCode.Usage, $"The files of a folder have {FolderMedium.LeastFileBytes >> 20}M to {FolderMedium.MostFileBytes >> 30}G, and whole pages of {Geometry.SlotSize} bytes.");
        }

        return text is null || sizeLimit <= (bytes - FolderMedium.StampPage) * IPartedMedium.MostParts
            ? bytes
            : throw new CommandException(ExitCode.Usage, $"A folder has at most {IPartedMedium.MostParts} files: choose a larger --file-size.");
    }

    /// <summary>Noise is made in whole groups, and the files of a folder are equal: neither is a small container.</summary>
    internal static long LeastSize(ContainerProfile profile, bool isFolder) => profile == ContainerProfile.Scattered || isFolder ? Geometry.GroupSize : Geometry.MinVolume;

    private static long ReadSize(string? text, long least)
    {
        long size = text is null ? 0 : ByteSize.Parse(text);
        return text is null || size >= least
            ? size
            : throw new CommandException(ExitCode.Usage, $"A volume{(least > Geometry.MinVolume ? " that is scattered, or a folder," : string.Empty)} has at least {least >> 20}M.");
    }
}
