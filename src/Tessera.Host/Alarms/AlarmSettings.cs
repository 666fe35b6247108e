namespace Tessera.Host.Alarms;

/// <summary>When a mount raises an alarm, and what it does then.</summary>
internal sealed record AlarmSettings(AlarmAction Action, AlarmRate Reads, AlarmRate Deletes);
