using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_setupmapping_in</c> (virtiofs DAX).</summary>
[StructLayout(LayoutKind.Sequential, Size = 40)]
public readonly record struct SetupMappingArguments(ulong Handle, ulong FileOffset, ulong Length, ulong Flags, ulong MapOffset);
