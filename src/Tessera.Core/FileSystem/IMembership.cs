namespace Tessera.Core.FileSystem;

/// <summary>A door's knowledge of which groups its callers are in.</summary>
public interface IMembership
{
    /// <summary>Whether the group is one of the caller's supplementary groups. False where that cannot be found out.</summary>
    bool IsMember(in Caller caller, uint gid);
}
