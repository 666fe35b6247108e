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
}
