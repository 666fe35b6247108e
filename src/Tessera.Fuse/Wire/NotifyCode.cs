namespace Tessera.Fuse;

/// <summary>Messages the daemon sends unasked: <c>enum fuse_notify_code</c>. The code travels in the error field of an out header.</summary>
internal enum NotifyCode
{
    Poll = 1,
    InvalidateInode = 2,
    InvalidateEntry = 3,
    Store = 4,
    Retrieve = 5,
    Delete = 6,
    Resend = 7,
    IncrementEpoch = 8,
    Prune = 9,
}
