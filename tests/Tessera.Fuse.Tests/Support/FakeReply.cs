namespace Tessera.Fuse.Tests;

internal sealed record FakeReply(ulong Unique, int Error, byte[] Payload)
{
    public Errno Errno => (Errno)(-Error);
}
