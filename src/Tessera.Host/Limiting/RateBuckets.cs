namespace Tessera.Host.Limiting;

/// <summary>The buckets of all rates that were given: of one session, or of all sessions with one token.</summary>
internal sealed class RateBuckets
{
    private readonly TokenBucket?[] operations;
    private readonly TokenBucket? bytesRead;
    private readonly TokenBucket? bytesWritten;

    public RateBuckets(RateLimits limits, TimeProvider time)
    {
        operations = [.. limits.Operations.Select(Bucket)];
        bytesRead = Bucket(limits.Bytes);
        bytesWritten = Bucket(limits.Bytes);

        TokenBucket? Bucket(long? rate) => rate is { } perSecond ? new TokenBucket(perSecond, time) : null;
    }

    /// <summary>Nothing that was taken is still to be paid for: new ones would be the same.</summary>
    public bool IsIdle => operations.Append(bytesRead).Append(bytesWritten).All(bucket => bucket?.IsIdle != false);

    /// <summary>Takes a request's tokens.</summary>
    /// <returns>How long it has to wait.</returns>
    public TimeSpan Take(RequestClass kind, int bytes)
    {
        TimeSpan wait = operations[(int)kind]?.Take(1) ?? TimeSpan.Zero;
        TimeSpan more = (bytes > 0 ? BytesOf(kind)?.Take(bytes) : null) ?? TimeSpan.Zero;
        return wait > more ? wait : more;
    }

    public void Return(RequestClass kind, int bytes) => BytesOf(kind)?.Return(bytes);

    private TokenBucket? BytesOf(RequestClass kind) => kind == RequestClass.Write ? bytesWritten : bytesRead;
}
