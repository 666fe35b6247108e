namespace Tessera.Mount.Tests.Harness;

/// <summary>A plain directory of this machine.</summary>
internal sealed class HostDirectory : Place
{
    public HostDirectory()
    {
        Path = System.IO.Path.Combine(Scratch, "host");
        Directory.CreateDirectory(Path);
    }

    public override string Path { get; }

    /// <summary>The machine's own file system is believed.</summary>
    public override void Check()
    {
    }
}
