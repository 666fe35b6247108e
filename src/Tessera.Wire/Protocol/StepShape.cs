namespace Tessera.Wire.Protocol;

/// <summary>The shape of an operation on the wire.</summary>
/// <param name="Arguments">What its step carries.</param>
/// <param name="Results">What its result carries.</param>
/// <param name="IsRepeatable">Done twice it is as if done once: its reply need not be kept for a request that comes again.</param>
/// <param name="Tells">Its attributes count as one more telling of the inode, until a FORGET takes it back.</param>
internal readonly record struct StepShape(StepFields Arguments, ResultFields Results, bool IsRepeatable = false, bool Tells = false);
