using Tessera.Core.FileSystem;

namespace Tessera.Doors.Fuse;

/// <summary>Does what an extended attribute of the mount itself asks for (<see cref="FuseDoorOptions.SetOwnAttribute"/>).</summary>
/// <param name="caller">Who asks: the kernel lets anybody.</param>
/// <param name="name">The attribute's, whole.</param>
/// <param name="value">What it is set to.</param>
public delegate FsError OwnAttributeSetter(in Caller caller, string name, ReadOnlySpan<byte> value);
