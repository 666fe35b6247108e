using System.Reflection;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Tests;

/// <summary>A file system before another: what a test wants done otherwise is done otherwise, everything else is handed on.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it.
internal class TamperedFiles : DispatchProxy
#pragma warning restore CA1852
{
    private IFileSystem inner = null!;
    private Func<string, object?[], object?> instead = (_, _) => null;

    /// <param name="inner">Does the work.</param>
    /// <param name="instead">Given a method's name and arguments, which it may change: a result of its own, or null to have the call made.</param>
    public static IFileSystem Before(IFileSystem inner, Func<string, object?[], object?> instead)
    {
        IFileSystem made = Create<IFileSystem, TamperedFiles>();
        var proxy = (TamperedFiles)made;
        (proxy.inner, proxy.instead) = (inner, instead);
        return made;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) =>
        instead(targetMethod!.Name, args!) ?? targetMethod.Invoke(inner, args);
}
