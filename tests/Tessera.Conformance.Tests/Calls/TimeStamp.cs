namespace Tessera.Conformance.Tests.Calls;

/// <summary>struct timespec of 64-bit Linux, and with its spare bytes struct statx_timestamp.</summary>
internal struct TimeStamp(long seconds, long nanoseconds) : IComparable<TimeStamp>, IEquatable<TimeStamp>
{
    /// <summary>utimensat(2).</summary>
    public const long Now = 0x3FFFFFFF;
    public const long Omit = 0x3FFFFFFE;

    public long Seconds = seconds;
    public long Nanoseconds = nanoseconds;

    public readonly int CompareTo(TimeStamp other) => (Seconds, Nanoseconds).CompareTo((other.Seconds, other.Nanoseconds));

    public readonly bool Equals(TimeStamp other) => CompareTo(other) == 0;

    public override readonly bool Equals(object? obj) => obj is TimeStamp other && Equals(other);

    public override readonly int GetHashCode() => HashCode.Combine(Seconds, Nanoseconds);

    public override readonly string ToString() => $"{Seconds}.{Nanoseconds:D9}";
}
