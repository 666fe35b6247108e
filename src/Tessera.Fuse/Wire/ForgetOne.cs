using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_forget_one</c>.</summary>
[StructLayout(LayoutKind.Sequential, Size = 16)]
internal readonly record struct ForgetOne(ulong NodeId, ulong LookupCount);
