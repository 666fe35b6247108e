using System.Buffers;

namespace Tessera.Host.Auditing;

/// <summary>Lines that go to the file together.</summary>
internal sealed class AuditBatch
{
    private const int FirstCapacity = 16 << 10;

    public ArrayBufferWriter<byte> Lines { get; } = new(FirstCapacity);

    public int Count { get; set; }

    /// <summary>Whether they are there.</summary>
    public TaskCompletionSource<bool> Written { get; private set; } = Create();

    public void Clear()
    {
        Lines.ResetWrittenCount();
        Count = 0;
        Written = Create();
    }

    /// <summary>Those who were told that it is not written wait no more; those who come now do.</summary>
    public void WaitAgain() => Written = Written.Task.IsCompleted ? Create() : Written;

    private static TaskCompletionSource<bool> Create() => new(TaskCreationOptions.RunContinuationsAsynchronously);
}
