namespace Tessera.Volumes.Checking;

/// <summary>One pass over the keys of one tag.</summary>
internal interface IKeyVisitor
{
    /// <summary>Looks at the next entry in order; it is lent until the call returns.</summary>
    void Visit(ReadOnlySpan<byte> key, ReadOnlySpan<byte> value);

    /// <summary>A page of entries was visited: the moment for I/O of one's own.</summary>
    ValueTask EndPageAsync() => default;

    /// <summary>All entries were visited.</summary>
    void Finish();
}
