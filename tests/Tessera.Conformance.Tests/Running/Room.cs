using Tessera.Conformance.Tests.Calls;

namespace Tessera.Conformance.Tests.Running;

/// <summary>A case's own directory, fresh, mode 0755; its descriptors are closed after the case.</summary>
/// <param name="path">Made already.</param>
/// <param name="isCleared">It is removed after the case, with all that is in it: others need the space.</param>
internal sealed class Room(string path, bool isCleared = false) : IDisposable
{
    private readonly List<int> _files = [];

    public string Path => path;

    /// <summary>The path of a name in the directory.</summary>
    public string this[string name] => path + "/" + name;

    /// <summary>open(2) of a name in the directory.</summary>
    public int Open(string name, int flags, uint mode = 0) => Keep(Kernel.Open(this[name], flags, mode));

    /// <summary>Makes a file with content, mode 0644.</summary>
    public string File(string name, string content = "", uint mode = Mode.File)
    {
        int file = Kernel.Open(this[name], OpenFlag.WriteOnly | OpenFlag.Create | OpenFlag.Exclusive, Mode.File);
        _ = Kernel.Write(file, content);
        Kernel.Close(file);
        Kernel.ChangeMode(this[name], mode);
        return this[name];
    }

    /// <summary>Makes a directory of exactly this mode.</summary>
    public string Directory(string name, uint mode = Mode.Directory)
    {
        Kernel.MakeDirectory(this[name], mode);
        Kernel.ChangeMode(this[name], mode);
        return this[name];
    }

    /// <summary>Closes a descriptor after the case.</summary>
    public int Keep(int file)
    {
        _files.Add(file);
        return file;
    }

    public void Dispose()
    {
        foreach (int file in _files)
        {
            Kernel.Drop(file);
        }

        if (isCleared)
        {
            System.IO.Directory.Delete(path, recursive: true);
        }
    }
}
