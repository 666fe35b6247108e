namespace Tessera.Wire.Importing;

/// <summary>When something was asked for: what is answered is no older.</summary>
/// <param name="Change">By <see cref="ChangeClock"/>.</param>
/// <param name="Tick">By <see cref="Environment.TickCount64"/>.</param>
internal readonly record struct Moment(long Change, long Tick);
