using System.Security.Cryptography;
using Microsoft.Win32.SafeHandles;
using Tessera.Crypto;
using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;
using Tessera.Host.Native;

namespace Tessera.Host.Secrets;

/// <summary>The file in which a device key is kept: 32 random bytes, or what a TPM made of them; readable by its owner alone, and not in a volume.</summary>
internal static class DeviceKeyFile
{
    /// <summary>Any right of the group or of others, as st_mode has them.</summary>
    private const uint OthersRights = 0x3F;
    private const uint TypeMask = 0xF000;
    private const uint RegularType = 0x8000;

    /// <exception cref="CommandException">It cannot be read: exit 1; it is no key file, or others may read it, or it lies in a volume: exit 2.</exception>
    public static DeviceKey Read(string path)
    {
        RequireOutside(path);
        Span<byte> bytes = stackalloc byte[TpmKeyFile.MaxBytes];
        try
        {
            using SafeFileHandle file = File.OpenHandle(path);
            RequirePrivate(path, FileOwner.Of(file));
            int length = RandomAccess.Read(file, bytes, fileOffset: 0);
            if (TpmKeyFile.IsOne(bytes[..length]))
            {
                TpmSealer.Unseal(TpmKeyFile.Parse(bytes[..length]), bytes[..DeviceKey.Size]);
                length = DeviceKey.Size;
            }

            return length == DeviceKey.Size
                ? DeviceKey.FromBytes(bytes[..length])
                : throw new CommandException(ExitCode.Usage, $"The key file {path} does not have exactly {DeviceKey.Size} bytes.", "It is made by 'tessera init' or 'tessera key add'.");
        }
        catch (Exception fault) when (fault is ArgumentException or FormatException)
        {
            throw new CommandException(ExitCode.Usage, $"The key file {path} cannot be used. {fault.Message}", advice: null, fault);
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            throw new CommandException(ExitCode.Fault, $"The key file cannot be read: {fault.Message}", advice: null, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    /// <summary>The key in a file that is there, or a new one in a file that is made, durable when this returns.</summary>
    /// <param name="path">The file.</param>
    /// <param name="sealing">Whether a file that is made shall be sealed to a TPM.</param>
    /// <exception cref="CommandException">As <see cref="Read"/>; or it cannot be made: exit 1; or it is there and was to be sealed: exit 2.</exception>
    public static DeviceKey ReadOrMake(string path, TpmSealing? sealing)
    {
        if (Path.Exists(path))
        {
            return sealing is null
                ? Read(path)
                : throw new CommandException(ExitCode.Usage, $"The key file {path} is there already: it cannot be sealed afterwards.", "Name a file that is not there.");
        }

        RequireOutside(path);
        DeviceKey key = DeviceKey.Create();
        Span<byte> bytes = stackalloc byte[DeviceKey.Size];
        try
        {
            key.CopyTo(bytes);
            byte[]? boxed = sealing is null ? null : TpmSealer.Seal(bytes, sealing).Encode();
            using (var file = new FileStream(path, new FileStreamOptions
            {
                Mode = FileMode.CreateNew,
                Access = FileAccess.Write,
                BufferSize = 0,
                UnixCreateMode = UnixFileMode.UserRead,
            }))
            {
                file.Write(boxed ?? bytes);
                file.Flush(flushToDisk: true);
            }

            DirectoryDurability.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
            Console.Error.WriteLine(sealing is null
                ? $"Made the key file {path}. Keep a copy of it away from this machine: it cannot be made again."
                : $"Made the key file {path}, sealed to this machine's TPM. Keep the recovery code: a TPM can be lost or cleared.");
            return key;
        }
        catch (CommandException)
        {
            key.Dispose();
            throw;
        }
        catch (Exception fault) when (fault is IOException or UnauthorizedAccessException)
        {
            key.Dispose();
            throw new CommandException(ExitCode.Fault, $"The key file cannot be made: {fault.Message}", advice: null, fault);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(bytes);
        }
    }

    private static void RequirePrivate(string path, FileOwner owner)
    {
        if ((owner.Mode & TypeMask) != RegularType)
        {
            throw new CommandException(ExitCode.Usage, $"The key file {path} is no regular file.");
        }

        if ((owner.Mode & OthersRights) != 0)
        {
            throw new CommandException(ExitCode.Usage, $"The key file {path} is not private: others than its owner have rights to it.", $"chmod 400 {path}");
        }

        if (owner.Uid != 0 && owner.Uid != Libc.GetEffectiveUserId())
        {
            throw new CommandException(ExitCode.Usage, $"The key file {path} belongs to another user, who can read it.", "It has to be yours or root's.");
        }
    }

    /// <summary>A key inside what it opens is locked in with it.</summary>
    private static void RequireOutside(string path)
    {
        string full = MountPath.Canonical(path);
        if (MountTable.Read().Holding(full) is { IsTessera: true } entry && !DirectorySource.Is(entry.Source) && !RemoteSource.Is(entry.Source))
        {
            throw new CommandException(ExitCode.Usage, $"The key file {path} lies in a volume ({entry.Source}): it could not be read when it is needed.", "Keep it elsewhere.");
        }
    }
}
