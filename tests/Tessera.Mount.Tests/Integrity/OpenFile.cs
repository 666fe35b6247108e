using Tessera.Differential;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Integrity;

/// <summary>A file under test: open three ways at once, with the shadow it is compared with.</summary>
internal sealed class OpenFile(string path)
{
    private const int ReadWrite = 2;
    private const int DirectFlag = 0x4000;

    public ShadowFile Shadow { get; private set; } = new();

    public int Buffered { get; private set; } = -1;

    public int Direct { get; private set; } = -1;

    public int Appending { get; private set; } = -1;

    /// <summary>Begins anew with an empty file.</summary>
    public void Create()
    {
        Syscall.CloseFile(Syscall.OpenFile(path, Syscall.WriteOnly | Syscall.Create | Syscall.Truncate));
        Shadow = new ShadowFile();
        Open();
    }

    public void Open()
    {
        Buffered = Syscall.OpenFile(path, ReadWrite);
        Direct = Syscall.OpenFile(path, ReadWrite | DirectFlag);
        Appending = Syscall.OpenFile(path, Syscall.WriteOnly | Syscall.Append);
    }

    public void Close()
    {
        foreach (int file in (ReadOnlySpan<int>)[Buffered, Direct, Appending])
        {
            if (file >= 0)
            {
                Syscall.CloseFile(file);
            }
        }

        Buffered = Direct = Appending = -1;
    }

    public long Size => RawCalls.Seek(Buffered, 0, 2);
}
