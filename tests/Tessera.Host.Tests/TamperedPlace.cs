using Tessera.Core.FileSystem;
using Tessera.Host.Copying;

namespace Tessera.Host.Tests;

/// <summary>A directory of the host as a copy's target that does something wrong.</summary>
internal sealed class TamperedPlace(string path, Func<string, object?[], object?> instead) : CopyPlace
{
    private readonly HostPlace inner = HostPlace.Open(path, readOnly: false);
    private IFileSystem? files;

    public override string Name => inner.Name;

    public override IFileSystem Files => files ??= TamperedFiles.Before(inner.Files, instead);

    public override Caller Caller => inner.Caller;

    public override bool KeepsOwners => inner.KeepsOwners;

    /// <summary>From here on nothing is tampered with: what lies there is what was written.</summary>
    public override ValueTask SettleAsync()
    {
        files = inner.Files;
        return inner.SettleAsync();
    }

    public override ValueTask DisposeAsync() => inner.DisposeAsync();
}
