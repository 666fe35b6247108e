namespace Tessera.Volumes.Checking;

/// <summary>How far a check is. How many keys there are is known to nobody before they are walked; how many inodes, once they are.</summary>
/// <param name="Keys">Keys looked at.</param>
/// <param name="Inodes">Inodes found.</param>
/// <param name="BlockBytes">Bytes of blocks read and authenticated.</param>
public readonly record struct VolumeCheckProgress(long Keys, long Inodes, long BlockBytes);
