using Tessera.Fuse;

namespace Tessera.MicroBenchmarks;

/// <summary>A file system whose answers are always at hand.</summary>
internal sealed class ReadyFileSystem : FuseFileSystem
{
    public override ValueTask<FuseResult<FuseAttributesReply>> GetAttributes(FuseRequest request, GetAttributesArguments arguments) =>
        new(new FuseAttributesReply(default, TimeSpan.FromSeconds(1)));

    public override ValueTask<FuseResult<int>> Write(FuseRequest request, WriteArguments arguments, ReadOnlyMemory<byte> data) => new(data.Length);

    public override ValueTask<FuseResult<int>> Read(FuseRequest request, ReadArguments arguments, Memory<byte> buffer) => new(buffer.Length);
}
