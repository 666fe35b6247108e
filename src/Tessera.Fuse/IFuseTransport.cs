namespace Tessera.Fuse;

/// <summary>
/// The kernel's end of a connection: whole messages in, whole messages out. <c>/dev/fuse</c> behaves like this, and so may a test's kernel.
/// Reads come from a few threads, writes from any, concurrently.
/// </summary>
public interface IFuseTransport : IDisposable
{
    /// <summary>
    /// Waits for a request and answers its length, or a negative errno: −ENODEV when the connection has ended (−ECONNABORTED when that
    /// happened during the call); −EINTR, −ENOENT and −EAGAIN
    /// when reading again may help (a request was withdrawn); anything else is fatal.
    /// </summary>
    /// <param name="buffer">Takes the message.</param>
    /// <param name="alone">No other thread reads now: the next request may be looked for a moment before this one sleeps.</param>
    int Read(Span<byte> buffer, bool alone);

    /// <summary>Whether a request waits to be read, as far as can be told without waiting; true where that cannot be told.</summary>
    bool HasRequest => true;

    /// <summary>
    /// Sends one message, given in two parts. Answers 0 or a negative errno; −ENOENT means that nobody waits for this reply.
    /// </summary>
    int Write(ReadOnlySpan<byte> head, ReadOnlySpan<byte> rest);
}
