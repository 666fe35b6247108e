namespace Tessera.Host.Diagnosis;

/// <summary>The doctor's findings; mountable when none of them is <see cref="FindingLevel.Missing"/>.</summary>
internal sealed record DoctorReport(bool Mountable, IReadOnlyList<Finding> Findings)
{
    public static DoctorReport Of(IReadOnlyList<Finding> findings) =>
        new(findings.All(finding => finding.Level != FindingLevel.Missing), findings);
}
