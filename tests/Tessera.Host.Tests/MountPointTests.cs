using Tessera.Host.CommandLine;
using Tessera.Host.Mounting;

namespace Tessera.Host.Tests;

public sealed class MountPointTests : IDisposable
{
    private readonly string _directory = Directory.CreateTempSubdirectory("tessera-point-").FullName;
    private readonly List<string> _reports = [];

    public void Dispose() => Directory.Delete(_directory, recursive: true);

    [Fact]
    public void An_empty_directory_can_be_used_and_symbolic_links_to_it_are_resolved()
    {
        string link = Path.Combine(_directory, "link");
        Directory.CreateDirectory(Path.Combine(_directory, "real"));
        File.CreateSymbolicLink(link, "real");

        MountPoint.Prepare(link, create: false, _reports.Add).ShouldBe(Path.Combine(_directory, "real"));
        _reports.ShouldBeEmpty();
    }

    [Fact]
    public void A_missing_directory_is_refused_with_the_command_that_makes_it()
    {
        CommandException fault = Should.Throw<CommandException>(() => MountPoint.Prepare(Path.Combine(_directory, "none"), create: false, _reports.Add));

        fault.Code.ShouldBe(ExitCode.MountPointUnusable);
        fault.Advice.ShouldNotBeNull().ShouldContain("mkdir");
    }

    [Fact]
    public void A_missing_directory_is_made_on_request_and_that_is_said()
    {
        string made = MountPoint.Prepare(Path.Combine(_directory, "new"), create: true, _reports.Add);

        Directory.Exists(made).ShouldBeTrue();
        _reports.ShouldHaveSingleItem().ShouldContain(made);
    }

    [Fact]
    public void A_file_is_refused_where_a_directory_is_mounted_and_taken_where_a_file_is()
    {
        string file = Path.Combine(_directory, "file");
        File.WriteAllText(file, string.Empty);

        Should.Throw<CommandException>(() => MountPoint.Prepare(file, create: false, _reports.Add)).Code.ShouldBe(ExitCode.MountPointUnusable);
        MountPoint.PrepareFile(file, _reports.Add).ShouldBe(file);
        Should.Throw<CommandException>(() => MountPoint.PrepareFile(_directory, _reports.Add)).Code.ShouldBe(ExitCode.MountPointUnusable);
    }

    [Fact]
    public void A_mount_point_in_use_is_refused_with_the_name_of_what_is_there()
    {
        CommandException fault = Should.Throw<CommandException>(() => MountPoint.Prepare("/proc", create: false, _reports.Add));

        fault.Code.ShouldBe(ExitCode.Busy);
        fault.Message.ShouldContain("proc");
    }

    [Fact]
    public void Unmounting_where_nothing_is_mounted_says_so() =>
        Should.Throw<CommandException>(() => Unmounter.Run(_directory, UnmountManner.Polite)).Code.ShouldBe(ExitCode.NotMounted);

    [Fact]
    public void The_scan_finds_this_process_by_its_directory_its_files_and_its_maps()
    {
        MountEntry root = MountTable.Read().At("/").ShouldNotBeNull();
        using FileStream open = File.Create(Path.Combine(_directory, "open"));

        IReadOnlyList<MountUser> users = new MountUserScan(root with { MountPoint = _directory, Device = "99:99" }).Run();

        MountUser self = users.Single(user => user.ProcessId == Environment.ProcessId);
        self.Use.ShouldBe("open file");
        self.Path.ShouldBe(open.Name);
    }
}
