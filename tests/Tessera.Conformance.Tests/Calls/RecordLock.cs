namespace Tessera.Conformance.Tests.Calls;

/// <summary>struct flock of 64-bit Linux: fcntl(2).</summary>
internal struct RecordLock(short type, long start, long length)
{
    public const short Read = 0;
    public const short Write = 1;
    public const short Unlock = 2;
    public const int Get = 5;
    public const int Set = 6;
    public const int SetWait = 7;
    public const int OpenGet = 36;
    public const int OpenSet = 37;
    public const int OpenSetWait = 38;

    public short Type = type;
    public short Whence;
    public int Padding;
    public long Start = start;
    public long Length = length;
    public int Pid;
    public int PaddingAfter;
}
