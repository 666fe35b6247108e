using System.Runtime.InteropServices;

namespace Tessera.Fuse;

/// <summary><c>struct fuse_batch_forget_in</c>; that many <see cref="ForgetOne"/> follow.</summary>
[StructLayout(LayoutKind.Sequential, Size = 8)]
internal readonly record struct BatchForgetIn(uint Count);
