namespace Tessera.Host.Middleware;

/// <summary>A name in a directory, kept.</summary>
/// <param name="Parent">The directory.</param>
/// <param name="Name">Empty: that of a file without a name (O_TMPFILE), which is judged as one in that directory.</param>
internal readonly record struct KnownName(ulong Parent, byte[] Name);
