namespace Tessera.Volumes.Acls;

/// <summary>Whom an entry of an access control list is about, with Linux's values (linux/posix_acl.h). A list is in their order.</summary>
[Flags]
internal enum AclTag : ushort
{
    None = 0,

    /// <summary>ACL_USER_OBJ: the owner.</summary>
    Owner = 1,

    /// <summary>ACL_USER: a user by id.</summary>
    User = 2,

    /// <summary>ACL_GROUP_OBJ: the owning group.</summary>
    OwningGroup = 4,

    /// <summary>ACL_GROUP: a group by id.</summary>
    Group = 8,

    /// <summary>ACL_MASK: the most that users by id and all groups may do.</summary>
    Mask = 16,

    /// <summary>ACL_OTHER: everybody else.</summary>
    Other = 32,
}
