namespace Tessera.Host.Diagnosis;

/// <summary>Examines this machine for everything that mounting a volume needs or gains from.</summary>
internal static class Doctor
{
    public static DoctorReport Examine()
    {
        var findings = new List<Finding>();
        findings.AddRange(SystemChecks.Run());
        findings.AddRange(FuseChecks.Run());
        findings.AddRange(LibraryChecks.Run());
        findings.AddRange(LimitChecks.Run());
        findings.AddRange(MountChecks.Run());
        return DoctorReport.Of(findings);
    }
}
