using Tessera.Host.Sharing;
using Tessera.Wire.Protocol;

namespace Tessera.Server;

/// <summary>A session with a client, whichever end has the files.</summary>
internal interface IServedSession
{
    /// <summary>The workspace's, or the export's.</summary>
    string Name { get; }

    /// <summary>By which its client finds it again.</summary>
    SessionKey Key { get; }

    /// <summary>What its client's token allowed when the session began, and until when what it shows is good.</summary>
    Grant Grant { get; }

    /// <summary>What the audit says of it beside its name; null: nothing.</summary>
    string? Detail { get; }

    /// <summary>What its client shows was renewed. What it allows is what it was when the session began.</summary>
    void Extend(DateTimeOffset expires);

    Task EndAsync(Farewell farewell);
}
