namespace Tessera.Conformance.Tests.Running;

/// <summary>The option of mount(8) for a ground's access times.</summary>
internal static class AccessTimeOption
{
    /// <summary>The options with it.</summary>
    public static string AddTo(string options, Ground ground) => ground switch
    {
        Ground.NoAccessTime => options + ",noatime",
        Ground.StrictAccessTime => options + ",strictatime",
        _ => options,
    };
}
