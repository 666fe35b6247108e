using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>A directory on ext4, served by the shipped command: what ext4 keeps, the mount is to keep.</summary>
internal sealed class Ext4Directory : Place
{
    private const string Options = "suid,dev,allow_other";

    private readonly Ext4Image _beneath;
    private readonly DirectoryMount _mount;

    public Ext4Directory(Ground ground)
    {
        _beneath = new Ext4Image(ground is Ground.NoAccessTime ? Ground.Ordinary : ground);
        string[] options = ["-o", ground is Ground.NoAccessTime ? Options + ",noatime" : Options];
        _mount = new DirectoryMount(_beneath.Path, ground is Ground.ReadOnly ? ["--read-only", .. options] : options);
    }

    public override string Path => _mount.Path;

    public override void Check() => _mount.Check();

    public override async ValueTask DisposeAsync()
    {
        await _mount.DisposeAsync();
        await _beneath.DisposeAsync();
        await base.DisposeAsync();
    }
}
