namespace Tessera.Host.Native;

/// <summary>The links of a process's open descriptors, "/proc/PID/fd/N" (proc(5)). .NET's enumeration of the links looks at what each leads to, which may be a file of a mount that
/// does not answer; the directory beside it has the same names, and no links.</summary>
internal static class DescriptorLinks
{
    /// <param name="process">"/proc/PID".</param>
    /// <exception cref="IOException">It has ended.</exception>
    /// <exception cref="UnauthorizedAccessException">It is another user's.</exception>
    public static IEnumerable<string> Of(string process) =>
        Directory.EnumerateFiles($"{process}/fdinfo").Select(entry => $"{process}/fd/{Path.GetFileName(entry)}");
}
