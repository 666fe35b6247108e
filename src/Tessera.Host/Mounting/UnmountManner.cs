namespace Tessera.Host.Mounting;

/// <summary>What becomes of programs that have something open in a mount that is to go.</summary>
internal enum UnmountManner
{
    /// <summary>The mount stays, and they are named.</summary>
    Polite,

    /// <summary>It goes from its directory; they keep what they have open, and the volume is closed when the last of them has let go.</summary>
    Lazy,

    /// <summary>What they have written is handed over, then their files fail, and the volume is closed at once.</summary>
    Forced,
}
