namespace Tessera.Fuse;

/// <summary>An operation's answer: a value, or the <see cref="Errno"/> that says why there is none. Errors are values here, never exceptions.</summary>
public readonly struct FuseResult<T>
    where T : struct
{
    private FuseResult(Errno error, in T value)
    {
        Error = error;
        Value = value;
    }

    /// <summary><see cref="Errno.None"/> when <see cref="Value"/> holds.</summary>
    public Errno Error { get; }

    public T Value { get; }

    public static implicit operator FuseResult<T>(in T value) => new(Errno.None, value);

    public static implicit operator FuseResult<T>(Errno error) => new(error, default);
}
