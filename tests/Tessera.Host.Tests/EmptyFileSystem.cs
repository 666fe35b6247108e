using Tessera.Core.FileSystem;
using Tessera.Host.Middleware;

namespace Tessera.Host.Tests;

/// <summary>Answers reads without the allocations of the proxy beneath.</summary>
internal sealed class EmptyFileSystem(IFileSystem inner) : ForwardingFileSystem(inner)
{
    public override ValueTask<FsResult<int>> ReadAsync(Caller caller, FileSpan span, Memory<byte> destination) => new(0);
}
