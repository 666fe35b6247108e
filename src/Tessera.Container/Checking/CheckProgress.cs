namespace Tessera.Container.Checking;

/// <summary>How far a check is, in slots that have an owner.</summary>
public readonly record struct CheckProgress(long DoneSlots, long TotalSlots);
