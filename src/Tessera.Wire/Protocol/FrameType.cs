namespace Tessera.Wire.Protocol;

/// <summary>What a frame is.</summary>
public enum FrameType : byte
{
    /// <summary>The first frame of whoever connects.</summary>
    Hello = 1,

    /// <summary>The answer that begins, or resumes, a session.</summary>
    Welcome = 2,

    /// <summary>The answer that does not.</summary>
    Refused = 3,

    /// <summary>Steps for the exporter to do.</summary>
    Request = 4,

    /// <summary>What came of them.</summary>
    Reply = 5,

    /// <summary>The session is over and cannot be resumed.</summary>
    Goodbye = 6,

    /// <summary>What others changed at the exporter.</summary>
    Changes = 7,

    /// <summary>Asks for a sign of life, where the carrier has none of its own.</summary>
    Ping = 8,

    /// <summary>Gives it.</summary>
    Pong = 9,

    /// <summary>The first frame of whoever connects without HTTP: what is asked for, and the token.</summary>
    Open = 10,

    /// <summary>Whether it is let in.</summary>
    Opened = 11,

    /// <summary>Another frame, compressed.</summary>
    Compressed = 12,
}
