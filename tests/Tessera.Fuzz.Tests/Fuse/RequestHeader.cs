using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;
using Tessera.Fuse;
using Tessera.Fuzz.Tests.Engine;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Keeps most messages' headers sane: a wrong length or opcode is one refusal, and behind it is where the bytes are read.</summary>
internal static class RequestHeader
{
    /// <summary>Node ids that there are in a volume that has served the recorded messages: the root, and the first of its files.</summary>
    private const int FirstFile = 16;
    private const int Files = 40;

    public static void Repair(byte[] message, FuzzRandom random)
    {
        if (message.Length < Unsafe.SizeOf<InHeader>() || random.Below(8) == 0)
        {
            return;
        }

        InHeader header = MemoryMarshal.Read<InHeader>(message);
        bool isKnown = header.Opcode <= FuseOpcode.CopyFileRange64;
        header = header with
        {
            Length = (uint)message.Length,
            ExtensionUnits = random.Below(8) == 0 ? header.ExtensionUnits : (ushort)0,
            Opcode = isKnown ? header.Opcode : (FuseOpcode)random.Below((int)FuseOpcode.CopyFileRange64 + 1),
            NodeId = random.Below(2) == 0 ? header.NodeId : (ulong)(random.Below(4) == 0 ? 1 : FirstFile + random.Below(Files)),
        };
        MemoryMarshal.Write(message, header);
    }
}
