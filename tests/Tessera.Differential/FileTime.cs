using System.Globalization;

namespace Tessera.Differential;

/// <summary>A time of a file, in seconds and nanoseconds since 1970.</summary>
internal readonly record struct FileTime(long Seconds, long Nanoseconds) : IComparable<FileTime>
{
    /// <summary>In place of nanoseconds since 1970: the present time (UTIME_NOW).</summary>
    public const long Now = -1;

    /// <summary>In place of nanoseconds since 1970: as it was (UTIME_OMIT).</summary>
    public const long Omit = -2;

    private const long NanosecondsPerSecond = 1_000_000_000;
    private const long NowMark = 0x3FFFFFFF;
    private const long OmitMark = 0x3FFFFFFE;
    private const long AnHour = 3600;

    /// <summary>As utimensat(2) takes it.</summary>
    public static FileTime Asked(long nanoseconds) => nanoseconds switch
    {
        Now => new FileTime(0, NowMark),
        Omit => new FileTime(0, OmitMark),
        _ => new FileTime(
            nanoseconds >= 0 ? nanoseconds / NanosecondsPerSecond : -((-nanoseconds + NanosecondsPerSecond - 1) / NanosecondsPerSecond),
            ((nanoseconds % NanosecondsPerSecond) + NanosecondsPerSecond) % NanosecondsPerSecond),
    };

    public int CompareTo(FileTime other) => Seconds != other.Seconds ? Seconds.CompareTo(other.Seconds) : Nanoseconds.CompareTo(other.Nanoseconds);

    /// <summary>The value of a time that somebody set; of one that a call has marked only that: two file systems are not called at one moment.</summary>
    public override string ToString() => Math.Abs(Seconds - Clock.Read(Clock.RealTime).Seconds) < AnHour
        ? "now"
        : string.Create(CultureInfo.InvariantCulture, $"{Seconds}.{Nanoseconds:D9}");
}
