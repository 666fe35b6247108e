using System.Buffers;
using System.Runtime.CompilerServices;
using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Importing;

/// <content>One request of one step, and what came of it, by the kind of its result.</content>
public sealed partial class RemoteFileSystem
{
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<InodeAttributes>> AttributesAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        InodeAttributes attributes = slot.Attributes;
        session.Release(slot);
        return error == FsError.None ? Heard(attributes) : ahead.Noted(error, step.Ino);
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<FsError> DoneAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        session.Release(slot);
        return error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    internal async ValueTask<FsResult<int>> BytesAsync(Caller caller, Step step, Memory<byte> destination)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Destination = destination;
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        int count = slot.DataLength;
        session.Release(slot);
        return error == FsError.None ? count : error;
    }

    /// <summary>As <see cref="BytesAsync"/>, but the length is told by itself: no bytes come when none were asked for.</summary>
    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<int>> ValueAsync(Caller caller, Step step, Memory<byte> destination)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Destination = destination;
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ulong length = slot.Number;
        session.Release(slot);
        bool fits = length <= FsLimits.MaxXattrValue && (destination.IsEmpty || length <= (ulong)destination.Length);
        return error == FsError.None ? (fits ? (int)length : FsError.IO) : error;
    }

    [AsyncMethodBuilder(typeof(PoolingAsyncValueTaskMethodBuilder<>))]
    private async ValueTask<FsResult<ulong>> NumberAsync(Caller caller, Step step)
    {
        ImportSlot slot = await session.BeginAsync(caller).ConfigureAwait(false);
        slot.Add(step);
        FsError error = await session.CallAsync(slot).ConfigureAwait(false);
        ulong number = slot.Number;
        session.Release(slot);
        return error == FsError.None ? number : error;
    }

    private async Task GiveBackAsync((ulong Ino, uint Times)[] forgotten)
    {
        byte[] data = ArrayPool<byte>.Shared.Rent(ForgetBody.LengthOf(forgotten.Length));
        int length = ForgetBody.Write(data, forgotten);
        _ = await DoneAsync(Caller.Engine, new Step { Operation = OpCode.Forget, Data = data.AsMemory(0, length) }).ConfigureAwait(false);
        ArrayPool<byte>.Shared.Return(data);
    }
}
