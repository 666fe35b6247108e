using System.Globalization;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Alarms;

/// <summary>A rate that was exceeded.</summary>
/// <param name="Kind">What there was too much of.</param>
/// <param name="Rate">What is allowed.</param>
/// <param name="Caller">Whose request exceeded it.</param>
internal readonly record struct RaisedAlarm(AlarmKind Kind, AlarmRate Rate, Caller Caller)
{
    public override string ToString() => string.Create(
        CultureInfo.InvariantCulture,
        $"more than {Rate.Units} {(Kind == AlarmKind.Reads ? "bytes were read" : "files were deleted or emptied")} within {(long)Rate.Window.TotalSeconds} s");
}
