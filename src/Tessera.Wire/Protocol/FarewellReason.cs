namespace Tessera.Wire.Protocol;

/// <summary>Why a session was refused or ended.</summary>
public enum FarewellReason : ushort
{
    /// <summary>Whoever says it ends in good order.</summary>
    Ended = 0,

    /// <summary>No version that both speak.</summary>
    Version = 1,

    /// <summary>The session to go on with is not known here: its time has run out, or this end was started anew.</summary>
    UnknownSession = 2,

    /// <summary>The name is in use by a session that is connected.</summary>
    Busy = 3,

    /// <summary>The name is not one that may be used here.</summary>
    Name = 4,

    /// <summary>As many sessions as this end serves.</summary>
    Full = 5,

    /// <summary>The other end broke the protocol.</summary>
    Protocol = 6,

    /// <summary>A fault of this end.</summary>
    Fault = 7,

    /// <summary>The token with which the session began is accepted no more.</summary>
    Token = 8,
}
