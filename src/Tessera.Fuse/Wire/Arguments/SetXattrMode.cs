namespace Tessera.Fuse;

/// <summary><c>XATTR_*</c> of setxattr(2).</summary>
public enum SetXattrMode : uint
{
    CreateOrReplace = 0,
    Create = 1,
    Replace = 2,
}
