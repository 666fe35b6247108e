namespace Tessera.Container.Sealing;

/// <summary>What a one-time key is for: the last input of its derivation, so that no two uses share one.</summary>
internal static class Purposes
{
    public const string Sessions = "tessera sessions";
    public const string LogMap = "tessera log map";
    public const string SpaceChanges = "tessera space";
}
