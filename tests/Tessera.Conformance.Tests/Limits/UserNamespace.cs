using System.Diagnostics;
using Tessera.Conformance.Tests.Calls;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Limits;

/// <summary>A user namespace with root mapped to root, kept by a process of its own until disposed.</summary>
internal sealed class UserNamespace : IDisposable
{
    private readonly Process _keeper;

    public UserNamespace()
    {
        _keeper = Programs.Start(new ProgramStart("unshare", "--user", "--map-root-user", "sh", "-c", "echo ready; read wait"));
        _keeper.StandardOutput.ReadLine().ShouldBe("ready");
        File = Kernel.Open($"/proc/{_keeper.Id}/ns/user", OpenFlag.ReadOnly);
    }

    public int File { get; }

    public void Dispose()
    {
        Kernel.Close(File);
        _keeper.StandardInput.Close();
        _keeper.WaitForExit();
        _keeper.Dispose();
    }
}
