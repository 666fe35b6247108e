namespace Tessera.Host.Copying;

/// <summary>What is done with each name of a tree. Its exceptions of kind <see cref="CopyException"/> are told of and the walk goes on beside that name.</summary>
internal interface ITreeVisitor
{
    /// <summary>A directory, before what is in it; false: nothing in it is to be visited.</summary>
    ValueTask<bool> EnterAsync(TreeEntry directory);

    /// <summary>Anything but a directory.</summary>
    ValueTask VisitAsync(TreeEntry entry);

    /// <summary>A directory, after everything in it.</summary>
    ValueTask LeaveAsync(TreeEntry directory);
}
