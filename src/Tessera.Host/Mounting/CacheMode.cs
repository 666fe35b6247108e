namespace Tessera.Host.Mounting;

/// <summary>When those who mount a server's export see what others change in it (docs/guide/remote-mount.md).</summary>
internal enum CacheMode
{
    /// <summary>Who opens a file sees what was written before it was closed elsewhere.</summary>
    CloseToOpen,

    /// <summary>When the server has said so, which it does at once.</summary>
    Session,

    /// <summary>Each call of a program asks the server.</summary>
    Strict,
}
