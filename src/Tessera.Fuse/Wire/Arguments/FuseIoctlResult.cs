namespace Tessera.Fuse;

/// <summary>What ioctl(2) returns, and how many bytes of the lent output were filled.</summary>
public readonly record struct FuseIoctlResult(int Result, int OutputLength);
