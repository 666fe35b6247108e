namespace Tessera.Volumes.Acls;

/// <summary>The two access control lists an inode may have (acl(5)).</summary>
internal enum AclKind
{
    /// <summary>Decides who may do what with the inode.</summary>
    Access,

    /// <summary>Of a directory: where the access lists of what is made in it come from.</summary>
    Default,
}
