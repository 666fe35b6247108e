namespace Tessera.Container.Logging;

/// <summary>A part of the log about to be made durable, in whole slots: by writing it again durably, or by a flush of the medium.</summary>
public readonly record struct PendingDurability(long Start, long End, bool Flush);
