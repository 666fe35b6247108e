namespace Tessera.Crypto;

/// <summary>What is wrong with a text that should be a recovery code.</summary>
public enum RecoveryCodeFault
{
    None = 0,

    /// <summary>Not 8 groups of 5 characters.</summary>
    Length,

    /// <summary>A character that Crockford's base 32 does not have.</summary>
    Character,

    /// <summary>The check character of a group does not fit.</summary>
    Check,
}
