using Tessera.Crypto;
using Tessera.Host.CommandLine;

namespace Tessera.Host.Secrets;

/// <summary>Shares of one recovery code while they are gathered.</summary>
internal sealed class ShareSet : IDisposable
{
    private readonly List<RecoveryShare> shares = [];

    public bool IsComplete => shares.Count > 0 && shares.Count == shares[0].Threshold;

    public string NextQuestion => shares.Count == 0 ? "A share" : $"Share {shares.Count + 1} of {shares[0].Threshold}";

    /// <summary>For who gave too few.</summary>
    public string Missing => shares.Count == 0 ? "A share has nine groups of five characters." : $"{shares[0].Threshold} different shares are needed, {shares.Count} came.";

    /// <returns>Why it cannot be added; null: it was.</returns>
    public string? TryAdd(ReadOnlySpan<byte> text)
    {
        if (!RecoveryShare.TryParse(text, out RecoveryShare? share, out string problem))
        {
            return problem;
        }

        if (shares.Exists(other => !other.GoesWith(share)))
        {
            share.Dispose();
            return "This share is of another code than the first.";
        }

        if (shares.Exists(other => other.Number == share.Number))
        {
            share.Dispose();
            return $"Share number {share.Number} is there already.";
        }

        shares.Add(share);
        return null;
    }

    /// <exception cref="CommandException">They are too few: exit 2.</exception>
    public RecoveryCode Join() => RecoveryShare.Join(shares) ?? throw new CommandException(ExitCode.Usage, "These shares do not give a code.", Missing);

    public void Dispose() => shares.ForEach(share => share.Dispose());
}
