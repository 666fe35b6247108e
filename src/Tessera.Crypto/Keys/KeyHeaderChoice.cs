namespace Tessera.Crypto;

/// <summary>Which of the two copies of a key header counts.</summary>
/// <param name="Header">The newest whole copy.</param>
/// <param name="IsSecond">It is copy B.</param>
/// <param name="NeedsRepair">The other copy is damaged or older: write this one over it.</param>
public sealed record KeyHeaderChoice(KeyHeader Header, bool IsSecond, bool NeedsRepair);
