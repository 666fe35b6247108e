namespace Tessera.Fuse;

/// <summary><c>FUSE_ATTR_*</c>.</summary>
[Flags]
public enum FuseAttributesFlags : uint
{
    None = 0,
    Submount = 1 << 0,
    Dax = 1 << 1,
}
