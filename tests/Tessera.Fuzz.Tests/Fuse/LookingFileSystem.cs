using Tessera.Fuse;

namespace Tessera.Fuzz.Tests.Fuse;

/// <summary>Looks at every byte it is lent, and fills every byte it is to fill.</summary>
internal sealed class LookingFileSystem : FuseFileSystem
{
    /// <summary>What the bytes around a message hold; no message has it in a row of this length.</summary>
    private static readonly byte[] s_beyond = [.. Enumerable.Repeat(Beyond, 8)];

    public const byte Beyond = 0xA5;

    /// <summary>Also that the compiler cannot leave the looking out.</summary>
    public int Sum { get; private set; }

    public bool SawBeyond { get; set; }

    public override ValueTask<FuseResult<FuseEntry>> Lookup(FuseRequest request, ReadOnlyMemory<byte> name) => Entry(name);

    public override ValueTask<FuseResult<FuseAttributesReply>> SetAttributes(FuseRequest request, SetAttributesArguments arguments) =>
        new(new FuseAttributesReply(new FuseAttributes { Ino = request.NodeId, Mode = arguments.Mode }, TimeSpan.FromSeconds(1)));

    public override ValueTask<FuseResult<FuseEntry>> MakeNode(FuseRequest request, ReadOnlyMemory<byte> name, MakeNodeArguments arguments) => Entry(name, request);

    public override ValueTask<FuseResult<FuseEntry>> MakeDirectory(FuseRequest request, ReadOnlyMemory<byte> name, MakeDirectoryArguments arguments) => Entry(name, request);

    public override ValueTask<FuseResult<FuseEntry>> Symlink(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> target)
    {
        Look(target);
        return Entry(name, request);
    }

    public override ValueTask<FuseResult<int>> ReadLink(FuseRequest request, Memory<byte> target) => Fill(target);

    public override ValueTask<FuseResult<FuseEntry>> Link(FuseRequest request, ulong existingNodeId, ReadOnlyMemory<byte> newName) => Entry(newName);

    public override ValueTask<Errno> Unlink(FuseRequest request, ReadOnlyMemory<byte> name) => Done(name);

    public override ValueTask<Errno> RemoveDirectory(FuseRequest request, ReadOnlyMemory<byte> name) => Done(name);

    public override ValueTask<Errno> Rename(FuseRequest request, ReadOnlyMemory<byte> name, ulong newParent, ReadOnlyMemory<byte> newName, RenameFlags flags)
    {
        Look(newName);
        return Done(name);
    }

    public override ValueTask<FuseResult<FuseCreated>> Create(FuseRequest request, ReadOnlyMemory<byte> name, CreateArguments arguments)
    {
        Look(name);
        LookAtGroups(request);
        return new(Errno.EROFS);
    }

    public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data)
    {
        Look(data);
        return new(data.Length);
    }

    public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer) => Fill(buffer);

    public override ValueTask<FuseResult<int>> GetXattr(FuseRequest request, ReadOnlyMemory<byte> name, Memory<byte> value)
    {
        Look(name);
        return Fill(value);
    }

    public override ValueTask<FuseResult<int>> ListXattr(FuseRequest request, Memory<byte> names) => Fill(names);

    public override ValueTask<Errno> SetXattr(FuseRequest request, ReadOnlyMemory<byte> name, ReadOnlyMemory<byte> value, SetXattrArguments arguments)
    {
        Look(value);
        return Done(name);
    }

    public override ValueTask<Errno> RemoveXattr(FuseRequest request, ReadOnlyMemory<byte> name) => Done(name);

    public override ValueTask<Errno> ReadDirectory(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries)
    {
        for (ulong cookie = 1; entries.TryAdd("an entry"u8, cookie, 0x8000, cookie); cookie++)
        {
        }

        return new(Errno.None);
    }

    public override ValueTask<Errno> ReadDirectoryPlus(FuseRequest request, ReadArguments arguments, FuseDirectoryWriter entries)
    {
        for (ulong cookie = 1; entries.TryAdd("an entry"u8, new FuseEntry { NodeId = cookie, Attributes = new FuseAttributes { Ino = cookie } }, cookie); cookie++)
        {
        }

        return new(Errno.None);
    }

    public override ValueTask<FuseResult<FuseIoctlResult>> Ioctl(FuseRequest request, IoctlArguments arguments, ReadOnlyMemory<byte> input, Memory<byte> output)
    {
        Look(input);
        output.Span.Clear();
        return new(new FuseIoctlResult(0, output.Length));
    }

    public override void Retrieved(ulong nodeId, ulong offset, ReadOnlyMemory<byte> data) => Look(data);

    private ValueTask<FuseResult<FuseEntry>> Entry(ReadOnlyMemory<byte> name, FuseRequest? maker = null)
    {
        Look(name);
        if (maker is not null)
        {
            LookAtGroups(maker);
        }

        return new(new FuseEntry { NodeId = 2 });
    }

    private ValueTask<Errno> Done(ReadOnlyMemory<byte> name)
    {
        Look(name);
        return new(Errno.None);
    }

    private static ValueTask<FuseResult<int>> Fill(Memory<byte> lent)
    {
        lent.Span.Clear();
        return new(lent.Length);
    }

    private void LookAtGroups(FuseRequest request)
    {
        if (request.TryGetSupplementaryGroup(out uint group))
        {
            SawBeyond |= group == BitConverter.ToUInt32(s_beyond);
        }
    }

    private void Look(ReadOnlyMemory<byte> lent)
    {
        foreach (byte each in lent.Span)
        {
            Sum += each;
        }

        SawBeyond |= lent.Span.IndexOf(s_beyond) >= 0;
    }
}
