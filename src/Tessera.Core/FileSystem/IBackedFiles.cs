namespace Tessera.Core.FileSystem;

/// <summary>A file system some of whose open files the kernel reads and writes by itself.</summary>
public interface IBackedFiles
{
    /// <summary>The id under which the kernel has the file of this handle; 0: its reads and writes come through the door.</summary>
    int BackingOf(ulong handle);
}
