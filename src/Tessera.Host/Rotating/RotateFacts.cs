using System.Globalization;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Rotating;

/// <summary>What a rotation of a volume's key did, for people and programs.</summary>
/// <param name="KeyEpoch">Of the key that everything new is sealed under.</param>
/// <param name="Complete">Nothing is left under an older key, and that key is gone.</param>
/// <param name="ResealedBytes">Contents that this command wrote anew.</param>
/// <param name="Nodes">Tree nodes that it wrote anew.</param>
/// <param name="Damaged">Pieces of files and nodes that do not open: the older key stays for them.</param>
/// <param name="DroppedSlots">Slots that do not open the volume any more.</param>
/// <param name="Seconds">How long it took.</param>
internal sealed record RotateFacts(uint KeyEpoch, bool Complete, long ResealedBytes, long Nodes, long Damaged, int[] DroppedSlots, double Seconds)
{
    /// <summary>This command only began it: the next mount goes on.</summary>
    public bool Background { get; init; }

    public override string ToString() => (Complete, Background) switch
    {
        (true, true) => string.Create(CultureInfo.InvariantCulture, $"Everything is sealed under key epoch {KeyEpoch}."),
        (true, false) => string.Create(CultureInfo.InvariantCulture, $"Everything is sealed under key epoch {KeyEpoch}; the older key is gone ({ByteSize.Format((ulong)ResealedBytes)} of contents and {Nodes} tree nodes written anew)."),
        (false, true) => string.Create(CultureInfo.InvariantCulture, $"Everything new is sealed under key epoch {KeyEpoch}. The next mount seals what is there anew, while it is used; 'tessera info' says how far it is."),
        (false, false) => string.Create(CultureInfo.InvariantCulture, $"Everything new is sealed under key epoch {KeyEpoch}, but {Damaged} damaged places are under the older key, which stays."),
    };
}
