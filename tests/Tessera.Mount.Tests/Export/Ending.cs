namespace Tessera.Mount.Tests.Export;

/// <summary>How a daemon ends before its volume is mounted again.</summary>
public enum Ending
{
    Unmounted,
    Killed,
}
