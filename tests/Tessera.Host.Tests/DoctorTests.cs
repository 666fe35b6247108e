using Tessera.Host.Diagnosis;

namespace Tessera.Host.Tests;

public sealed class DoctorTests
{
    [Fact]
    public void A_missing_library_is_found_with_the_command_that_installs_it()
    {
        Finding finding = LibraryChecks.Check("libnosuchthing.so.9", "libnosuchthing9", "does nothing");

        finding.Level.ShouldBe(FindingLevel.Missing);
        finding.Fix.ShouldBe("sudo apt-get install libnosuchthing9");
    }

    [Fact]
    public void Little_memory_is_a_note_and_not_a_reason_to_refuse()
    {
        LimitChecks.Memory(100 << 20).Level.ShouldBe(FindingLevel.Note);
        LimitChecks.Memory(1UL << 30).Level.ShouldBe(FindingLevel.Ok);
    }

    [Fact]
    public void One_missing_thing_makes_a_machine_that_cannot_mount()
    {
        DoctorReport.Of([new Finding("a", FindingLevel.Note, "x")]).Mountable.ShouldBeTrue();
        DoctorReport.Of([new Finding("a", FindingLevel.Note, "x"), new Finding("b", FindingLevel.Missing, "y")]).Mountable.ShouldBeFalse();
    }

    [Theory]
    [InlineData("6.18.44-fc-v595\n", 6, 18)]
    [InlineData("5.4-generic", 5, 4)]
    [InlineData("strange", 0, 0)]
    public void Kernel_releases_are_read(string release, int major, int minor) => KernelVersion.Parse(release).ShouldBe(new Version(major, minor));

    [Fact]
    public void Examining_this_machine_names_every_library_and_the_device()
    {
        string[] checks = [.. Doctor.Examine().Findings.Select(finding => finding.Check)];

        checks.ShouldContain("/dev/fuse");
        checks.ShouldContain("libcrypto.so.3");
        checks.ShouldContain("kernel");
    }
}
