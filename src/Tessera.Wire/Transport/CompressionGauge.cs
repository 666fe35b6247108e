namespace Tessera.Wire.Transport;

/// <summary>Says whether compressing contents gets them over a line sooner. Rates are bytes a second. One sends at a time, so nothing here is locked.</summary>
/// <remarks>As it is, a byte takes 1/<c>line</c>. Compressed to a share <c>left</c> of its length at the rate <c>packing</c>, a byte takes 1/<c>packing</c> and <c>left</c>/<c>line</c>:
/// less when <c>line</c> is below <c>packing</c> × (1 − <c>left</c>).</remarks>
internal sealed class CompressionGauge
{
    /// <summary>A line is as fast as it took so many bytes: fewer go into the buffers of the host.</summary>
    private const long Window = 1 << 20;

    /// <summary>What does not shrink is tried again with one in so many contents: the next file may be of another kind.</summary>
    private const int TryEvery = 32;

    /// <summary>Until it was measured: Brotli's fastest, on a slow processor.</summary>
    private const double FirstPacking = 50e6;
    private double line = double.PositiveInfinity;
    private double packing = FirstPacking;
    private double left = 0.5;
    private long windowBytes;
    private TimeSpan windowTime;
    private int since;

    /// <summary>To be asked once for each content that is sent.</summary>
    public bool WouldPay()
    {
        if (line < packing * (1 - left))
        {
            return true;
        }

        since = (since + 1) % TryEvery;
        return since == 0 && line < packing;
    }

    /// <summary>The line took bytes.</summary>
    public void Sent(int bytes, TimeSpan took)
    {
        windowBytes += bytes;
        windowTime += took;
        if (windowBytes >= Window)
        {
            line = windowTime > TimeSpan.Zero ? windowBytes / windowTime.TotalSeconds : double.PositiveInfinity;
            (windowBytes, windowTime) = (0, TimeSpan.Zero);
        }
    }

    /// <summary>A content was compressed. The last one counts as much as all before it.</summary>
    public void Packed(int bytes, int to, TimeSpan took)
    {
        left = (left + Math.Min(1, to / (double)bytes)) / 2;
        packing = (packing + (bytes / Math.Max(took.TotalSeconds, 1e-9))) / 2;
    }
}
