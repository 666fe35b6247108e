namespace Tessera.Volumes.Namespace;

/// <summary>What a look for a name found: nothing when the version is 0 or <see cref="Found"/> is false.</summary>
/// <param name="Found">The name exists.</param>
/// <param name="Record">What it names.</param>
/// <param name="Version">The version of its key, for a batch to check.</param>
internal readonly record struct FoundEntry(bool Found, EntryRecord Record, ulong Version)
{
    public ulong Ino => Record.Ino;

    public bool IsDirectory => Found && Record.IsDirectory;
}
