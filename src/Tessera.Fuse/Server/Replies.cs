namespace Tessera.Fuse;

/// <summary>The shapes replies have.</summary>
internal static class Replies
{
    public static readonly ReplyEncoder<FuseEntry> Entry = Blit;
    public static readonly ReplyEncoder<FuseAttributesReply> Attributes = Blit;
    public static readonly ReplyEncoder<FuseStatxReply> Statx = Blit;
    public static readonly ReplyEncoder<FuseOpened> Opened = Blit;
    public static readonly ReplyEncoder<FuseCreated> Created = Blit;
    public static readonly ReplyEncoder<FuseStatFs> StatFs = Blit;
    public static readonly ReplyEncoder<FuseFileLock> FileLock = Blit;
    public static readonly ReplyEncoder<ulong> Number = Blit;

    /// <summary>COPY_FILE_RANGE's count is 32 bits wide; the 64-bit one has its own opcode.</summary>
    public static readonly ReplyEncoder<ulong> Copied = static (FuseRequest r, in ulong v) =>
        v <= uint.MaxValue ? r.EncodeValue(new WriteOut((uint)v)) : default;

    public static readonly ReplyEncoder<uint> Events = static (FuseRequest r, in uint v) => r.EncodeValue(new WriteOut(v));

    public static readonly ReplyEncoder<int> Written = static (FuseRequest r, in int v) =>
        v >= 0 ? r.EncodeValue(new WriteOut((uint)v)) : default;

    /// <summary>As many bytes of the lent payload.</summary>
    public static readonly ReplyEncoder<int> Payload = static (FuseRequest r, in int v) =>
        (uint)v <= (uint)r.LentLength ? r.EncodePayload(v) : default;

    /// <summary>GETXATTR and LISTXATTR: with nothing lent, the length alone.</summary>
    public static readonly ReplyEncoder<int> LengthOrPayload = static (FuseRequest r, in int v) =>
        r.LentLength == 0 ? Written(r, v) : Payload(r, v);

    public static readonly ReplyEncoder<FuseIoctlResult> Ioctl = static (FuseRequest r, in FuseIoctlResult v) =>
        (uint)v.OutputLength <= (uint)r.LentLength
            ? r.EncodePayload(new FuseIoctlReply(v.Result, 0, 0, 0), v.OutputLength)
            : default;

    private static ReadOnlySpan<byte> Blit<T>(FuseRequest request, in T value)
        where T : unmanaged => request.EncodeValue(value);
}
