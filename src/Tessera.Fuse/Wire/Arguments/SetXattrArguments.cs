namespace Tessera.Fuse;

/// <summary>How SETXATTR is to treat an attribute that is there, or is not.</summary>
public readonly record struct SetXattrArguments(SetXattrMode Mode, SetXattrFlags Flags);
