namespace Tessera.Core.FileSystem;

/// <summary>The door a request came through.</summary>
public enum Door
{
    Internal = 0,
    Fuse = 1,
    Wire = 2,
}
