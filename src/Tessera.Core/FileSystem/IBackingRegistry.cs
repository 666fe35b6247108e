namespace Tessera.Core.FileSystem;

/// <summary>Takes open files of the host that the kernel is to read and write by itself (FUSE passthrough).</summary>
public interface IBackingRegistry
{
    /// <summary>The kernel's id for the file behind a descriptor, which may be closed afterwards; 0 when the kernel does not take it.</summary>
    int Register(int descriptor);

    /// <summary>The id is given out no more; files open by it go on.</summary>
    void Unregister(int backingId);
}
