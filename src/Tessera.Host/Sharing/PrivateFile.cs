using Tessera.Host.Native;

namespace Tessera.Host.Sharing;

/// <summary>Files with a private key: for their owner alone, and there as a whole or not at all, whatever happens meanwhile.</summary>
internal static class PrivateFile
{
    public const UnixFileMode OthersRights =
        UnixFileMode.GroupRead | UnixFileMode.GroupWrite | UnixFileMode.GroupExecute | UnixFileMode.OtherRead | UnixFileMode.OtherWrite | UnixFileMode.OtherExecute;

    /// <summary>Puts a file in the place of the one that may be there.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static void Replace(string path, string text) => Write(path, text, overwrite: true);

    /// <summary>Makes a file unless there is one: of two programs that make it at the same time both use the first.</summary>
    /// <exception cref="IOException">It cannot be written.</exception>
    /// <exception cref="UnauthorizedAccessException">It may not be.</exception>
    public static void Keep(string path, string text)
    {
        try
        {
            Write(path, text, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            // The other one's is used.
        }
    }

    private static void Write(string path, string text, bool overwrite)
    {
        string unfinished = $"{path}.{Environment.ProcessId}";
        try
        {
            using (var file = new FileStream(unfinished, new FileStreamOptions
            {
                Mode = FileMode.Create,
                Access = FileAccess.Write,
                UnixCreateMode = UnixFileMode.UserRead | UnixFileMode.UserWrite,
            }))
            using (var writer = new StreamWriter(file))
            {
                writer.Write(text);
                writer.Flush();
                file.Flush(flushToDisk: true);
            }

            File.Move(unfinished, path, overwrite);
            DirectoryDurability.Sync(Path.GetDirectoryName(Path.GetFullPath(path))!);
        }
        finally
        {
            File.Delete(unfinished); // Of what went well nothing has this name any more.
        }
    }
}
