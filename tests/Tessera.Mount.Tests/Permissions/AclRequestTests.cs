using Tessera.Mount.Tests.Harness;
using static Tessera.Mount.Tests.Harness.Programs;

namespace Tessera.Mount.Tests.Permissions;

/// <summary>What access control lists cost those who have none: how often the kernel asks for one.</summary>
public sealed class AclRequestTests
{
    private const int Files = 100;

    [Fact]
    public async Task Kernel_asks_strangers_lists_once_and_remembers_that_there_are_none()
    {
        await using TestVolume volume = TestVolume.Mounted("-o", "allow_other");
        Shell(volume.Path, $"chmod 755 . && mkdir d && cd d && touch $(seq {Files})");
        long before = CountGetXattr(volume);

        Shell(volume.Path, LookAtAll("root"));
        CountGetXattr(volume).ShouldBe(before, "the owner's rights are in the mode");

        Shell(volume.Path, LookAtAll("3001"));
        long afterFirst = CountGetXattr(volume);
        afterFirst.ShouldBeInRange(before + Files, before + Files + 2);

        Shell(volume.Path, LookAtAll("3001"));
        CountGetXattr(volume).ShouldBeInRange(afterFirst, afterFirst + 2, "only the root's list, by which the shell comes to know where it is");
        volume.Check();
    }

    /// <summary>access(2) of every file, in its directory: the root's own list is the one that the kernel never remembers, for it makes the root's inode
    /// before it knows that there are lists.</summary>
    private static string LookAtAll(string user) =>
        $"cd d && setpriv --reuid {user} --regid {user} --clear-groups sh -c 'for i in $(seq {Files}); do test -r $i || exit 1; done'";

    private static long CountGetXattr(TestVolume volume) => volume.Stats().GetProperty("operations").EnumerateArray()
        .Where(operation => operation.GetProperty("name").GetString() == "get_xattr")
        .Sum(operation => operation.GetProperty("count").GetInt64());
}
