namespace Tessera.Container.Checking;

/// <summary>Gathers findings, within a limit, and tells progress.</summary>
internal sealed class CheckJournal(CheckOptions options)
{
    /// <summary>Slots between two reports: about 16 MiB.</summary>
    private const long ProgressStep = 4096;
    private readonly List<Finding> findings = [];
    private long done;
    private long told;

    public IReadOnlyList<Finding> Findings => findings;

    public long More { get; private set; }

    public bool IsDataLost { get; private set; }

    /// <summary>A node or chain is gone: what lies below cannot be told from what leaked.</summary>
    public bool IsViewPartial { get; private set; }

    public long TotalSlots { get; set; }

    public void Add(Finding finding)
    {
        IsDataLost |= finding.Severity == FindingSeverity.DataLost;
        IsViewPartial |= finding.Kind is FindingKind.NodeLost;
        if (findings.Count < options.MaxFindings)
        {
            findings.Add(finding);
        }
        else
        {
            More++;
        }
    }

    /// <exception cref="OperationCanceledException">The caller wants no more.</exception>
    public void Advance(long slots)
    {
        options.Cancellation.ThrowIfCancellationRequested();
        done += slots;
        if (done - told >= ProgressStep)
        {
            told = done;
            options.Progress?.Invoke(new CheckProgress(done, Math.Max(done, TotalSlots)));
        }
    }

    public void Finish() => options.Progress?.Invoke(new CheckProgress(done, done));
}
