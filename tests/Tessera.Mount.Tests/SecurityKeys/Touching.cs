namespace Tessera.Mount.Tests.SecurityKeys;

/// <summary>What somebody does when the security key blinks.</summary>
internal enum Touching
{
    AtOnce,

    /// <summary>Nobody is there, and the key waits on and on.</summary>
    Never,

    /// <summary>The key gives up by itself.</summary>
    TooLate,

    Refuses,
}
