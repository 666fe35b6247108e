namespace Tessera.Container.Media;

/// <summary>Where the files of a <see cref="FolderMedium"/> come from.</summary>
public interface IPartFiles : IDisposable
{
    /// <summary>Length of each file, bytes.</summary>
    long FileBytes { get; }

    bool IsReadOnly { get; }

    long HostFreeBytes { get; }

    /// <summary>The files there are, in order; owned by who asks.</summary>
    IReadOnlyList<IMedium> Open();

    /// <summary>Adds a file of full length, durable with its name.</summary>
    /// <exception cref="MediumException"><see cref="MediumFault.NoSpace"/>: there is none more than before.</exception>
    IMedium Add(int number);

    string Name(int number);

    /// <summary>Throws when a file that is open is no longer the one of its name.</summary>
    void ThrowIfReplaced(int number);
}
