namespace Tessera.Core.FileSystem;

/// <summary>A value, or the <see cref="FsError"/> that stands in its place.</summary>
public readonly record struct FsResult<T>(FsError Error, T Value)
{
    public bool Ok => Error == FsError.None;

    public static implicit operator FsResult<T>(T value) => new(FsError.None, value);

    public static implicit operator FsResult<T>(FsError error) => new(error, default!);
}
