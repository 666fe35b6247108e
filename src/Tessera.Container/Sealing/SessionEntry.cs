namespace Tessera.Container.Sealing;

/// <summary>A session of the session table.</summary>
/// <param name="Salt">From which its keys are derived.</param>
/// <param name="Epoch">Which volume key they are derived from: 1 for the first.</param>
internal readonly record struct SessionEntry(byte[] Salt, uint Epoch);
