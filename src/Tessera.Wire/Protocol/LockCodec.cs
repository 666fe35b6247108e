using Tessera.Core.FileSystem;

namespace Tessera.Wire.Protocol;

/// <summary>Locks in a LOCK step and in its result (docs/protocol.md, "Locks"). Pure.</summary>
internal static class LockCodec
{
    /// <summary>Bytes of a lock in a result: start u64, end u64, kind u32.</summary>
    public const int Size = 20;

    private const uint KindMask = 3;
    private const uint Flock = 4;
    private const uint Question = 8;

    public static Step StepOf(ulong ino, ulong handle, LockOwner owner, FileLock wanted, bool isQuestion) => new()
    {
        Operation = OpCode.Lock,
        Ino = ino,
        Handle = handle,
        Offset = wanted.Start,
        Length = wanted.End - wanted.Start,
        Flags = (uint)wanted.Kind | (owner.IsFlock ? Flock : 0) | (isQuestion ? Question : 0),
        OtherOffset = owner.Id,
    };

    /// <summary>False: it is none.</summary>
    public static bool TryRead(in Step step, out FileLock wanted, out LockOwner owner, out bool isQuestion)
    {
        var kind = (FileLockKind)(step.Flags & KindMask);
        isQuestion = (step.Flags & Question) != 0;
        owner = new LockOwner(step.OtherOffset, (step.Flags & Flock) != 0);
        bool valid = kind <= FileLockKind.None && step.Flags <= (KindMask | Flock | Question) && step.Offset <= long.MaxValue && step.Length <= long.MaxValue - step.Offset;
        wanted = valid ? new FileLock(step.Offset, step.Offset + step.Length, kind) : default;
        return valid;
    }

    /// <summary>Writes a lock that is in the way; its length.</summary>
    public static int Write(Span<byte> body, FileLock found)
    {
        var writer = new WireWriter(body);
        writer.UInt64(found.Start);
        writer.UInt64(found.End);
        writer.UInt32((uint)found.Kind);
        return writer.Position;
    }

    /// <summary>Null: it is none.</summary>
    public static FileLock? Read(ReadOnlySpan<byte> body)
    {
        var reader = new WireReader(body);
        var found = new FileLock(reader.UInt64(), reader.UInt64(), (FileLockKind)reader.UInt32());
        return reader.IsComplete && found.Start <= found.End && found.Kind <= FileLockKind.Exclusive ? found : null;
    }
}
