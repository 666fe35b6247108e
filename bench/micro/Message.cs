using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Fuse;

namespace Tessera.MicroBenchmarks;

/// <summary>Requests as the kernel sends them.</summary>
internal static class Message
{
    /// <param name="opcode">What is asked.</param>
    /// <param name="arguments">The fixed struct.</param>
    /// <param name="payload">Bytes behind it.</param>
    public static byte[] Of<T>(FuseOpcode opcode, T arguments, int payload)
        where T : unmanaged
    {
        byte[] message = new byte[Unsafe.SizeOf<InHeader>() + Unsafe.SizeOf<T>() + payload];
        MemoryMarshal.Write(message, new InHeader { Length = (uint)message.Length, Opcode = opcode, Unique = 2, NodeId = FuseFileSystem.RootNodeId });
        MemoryMarshal.Write(message.AsSpan(Unsafe.SizeOf<InHeader>()), arguments);
        return message;
    }
}
