namespace Tessera.Container.Growing;

/// <summary>A container cannot be given the size that was asked for; nothing was changed.</summary>
public sealed class GrowthException(string message) : IOException(message);
