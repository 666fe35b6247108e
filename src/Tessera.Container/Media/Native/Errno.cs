namespace Tessera.Container.Media.Native;

/// <summary>Error numbers of Linux that a medium tells apart (asm-generic/errno.h).</summary>
internal static class Errno
{
    public const int NotPermitted = 1;
    public const int NotFound = 2;
    public const int Interrupted = 4;
    public const int AccessDenied = 13;
    public const int DeviceBusy = 16;
    public const int AlreadyExists = 17;
    public const int NotADirectory = 20;
    public const int IsDirectory = 21;
    public const int InvalidArgument = 22;
    public const int TextBusy = 26;
    public const int FileTooBig = 27;
    public const int NoSpace = 28;
    public const int ReadOnlyFileSystem = 30;
    public const int WouldBlock = 11;
    public const int NoSystemCall = 38;
    public const int NotSupported = 95;
    public const int QuotaExceeded = 122;
}
