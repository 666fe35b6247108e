using System.Globalization;

namespace Tessera.Host.CommandLine;

/// <summary>One line on standard error that says how far something is: for people who wait, so on a terminal only and not before a second.</summary>
internal sealed class ProgressLine(bool quiet = false) : IDisposable
{
    private const int BarWidth = 30;
    private static readonly TimeSpan After = TimeSpan.FromSeconds(1);
    private readonly long started = Environment.TickCount64;
    private bool shown;

    /// <param name="doing">What is being done, a word or three.</param>
    /// <param name="part">How much of it is done, 0 to 1; null when that is not known.</param>
    public void Show(string doing, double? part)
    {
        if (quiet || Console.IsErrorRedirected || Environment.TickCount64 - started < After.TotalMilliseconds)
        {
            return;
        }

        shown = true;
        string bar = part is { } done ? $" [{new string('#', (int)(done * BarWidth)).PadRight(BarWidth, '.')}]{done.ToString("P0", CultureInfo.InvariantCulture),6}" : " …";
        Console.Error.Write($"\r{doing}:{bar}\x1b[K");
    }

    public void Dispose()
    {
        if (shown)
        {
            Console.Error.Write("\r\x1b[K");
        }
    }
}
