namespace Tessera.Host.Copying;

/// <summary>A name, and what is wrong with it.</summary>
internal sealed record CopyFailure(string Path, string Reason)
{
    public override string ToString() => $"{Path} {Reason}.";
}
