namespace Tessera.Host.Serving;

/// <summary>What "tessera info" tells of a mounted export of a server.</summary>
/// <param name="Volume">The server's address, or addresses, as given.</param>
/// <param name="MountPoint">Where it is mounted.</param>
/// <param name="Pid">The daemon's process.</param>
/// <param name="ReadOnly">Mounted so, or exported so.</param>
/// <param name="Cache">When the changes of others are seen: "close-to-open", "session" or "strict".</param>
/// <param name="State">"connected", "reconnecting", or "ended".</param>
/// <param name="Reason">Why it ended; null: it has not.</param>
/// <param name="Session">What names the session, here and in the server's log; no secret.</param>
/// <param name="Address">The address in use, or, with no connection, used last.</param>
/// <param name="Connections">Made so far.</param>
/// <param name="ResumeMs">How long it took, the last time, from when a connection was seen to be lost until the session went on over another; null: none was lost.</param>
/// <param name="GraceSeconds">How long the session outlives a lost connection.</param>
/// <param name="Locks">Locks hold among all who mount it.</param>
/// <param name="ToldOfChanges">The server says at once what others change.</param>
/// <param name="Space">Of the export; null: the server does not answer.</param>
/// <param name="Started">When it was mounted.</param>
/// <param name="Log">The daemon's log; null when it goes to standard error.</param>
internal sealed record RemoteFacts(
    string Volume, string MountPoint, int Pid, bool ReadOnly, string Cache, string State, string? Reason, string Session, string Address, int Connections, double? ResumeMs, double GraceSeconds, bool Locks,
    bool ToldOfChanges, SpaceFacts? Space, DateTimeOffset Started, string? Log);
