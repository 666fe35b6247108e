using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Growing;

/// <summary>A volume that was grown, for people and programs.</summary>
/// <param name="OldBytes">Its size limit before.</param>
/// <param name="NewBytes">Its size limit now.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record GrowFacts(long OldBytes, long NewBytes, double Seconds)
{
    /// <summary>Operation of the control socket; the argument is the size, bytes.</summary>
    public const string Operation = "grow";

    public override string ToString() => OldBytes == NewBytes
        ? string.Create(CultureInfo.InvariantCulture, $"The volume has {ByteSize.Format((ulong)NewBytes)} already.")
        : string.Create(CultureInfo.InvariantCulture, $"Grown from {ByteSize.Format((ulong)OldBytes)} to {ByteSize.Format((ulong)NewBytes)}.");
}
