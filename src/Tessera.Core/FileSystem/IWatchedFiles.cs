namespace Tessera.Core.FileSystem;

/// <summary>A file system that others change too, and that can tell what they did.</summary>
public interface IWatchedFiles
{
    /// <summary>Begins to tell of changes in the directories that the file system tells of from now on, the root included. Changes made through the file system itself are not
    /// told. Once only.</summary>
    /// <param name="onChange">Called from one thread, in the order of the changes, soon after each; must not wait. Not called any more once the file system is disposed.</param>
    /// <returns>False: it cannot be known here what others change.</returns>
    bool TryWatch(Action<FileChange> onChange);
}
