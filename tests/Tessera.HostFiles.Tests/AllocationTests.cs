using Tessera.Core.FileSystem;
using static Tessera.HostFiles.Tests.ServedDirectory;

namespace Tessera.HostFiles.Tests;

/// <summary>What programs do all the time leaves no garbage.</summary>
public sealed class AllocationTests
{
    private const int Rounds = 1000;

    [Fact]
    public void Lookups_attributes_reads_writes_and_changes_of_known_files_allocate_nothing()
    {
        using var served = new ServedDirectory();
        File.WriteAllText(Path.Combine(served.Path, "f"), "content");
        HostDirectory files = served.Files;
        byte[] name = Name("f");
        byte[] missing = Name("missing");
        byte[] buffer = new byte[4096];
        ulong ino = served.Lookup("f").Value.Ino;
        ulong handle = Done(files.OpenAsync(Me, ino, OpenFlags.ReadWrite)).Value;
        var span = new FileSpan(ino, handle, 0);
        var changes = new AttributeChanges { Mask = AttributeMask.Mode, Mode = 0x1A4 };
        Round();

        long before = GC.GetAllocatedBytesForCurrentThread();
        for (int i = 0; i < Rounds; i++)
        {
            Round();
        }

        (GC.GetAllocatedBytesForCurrentThread() - before).ShouldBe(0);

        void Round()
        {
            _ = files.LookupAsync(Me, FsLimits.RootInode, name).Result.Value;
            _ = files.LookupAsync(Me, FsLimits.RootInode, missing).Result.Error;
            _ = files.GetAttributesAsync(Me, ino).Result.Value;
            _ = files.WriteAsync(Me, span, buffer, WriteFlags.KillPrivileges).Result.Value;
            _ = files.ReadAsync(Me, span, buffer).Result.Value;
            _ = files.SetAttributesAsync(Me, ino, changes).Result.Value;
            _ = files.GetXattrAsync(Me, ino, name, buffer).Result.Error;
        }
    }
}
