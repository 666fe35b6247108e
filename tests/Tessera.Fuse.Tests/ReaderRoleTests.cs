namespace Tessera.Fuse.Tests;

/// <summary>Which thread reads while others wait, and what is bounded.</summary>
public sealed class ReaderRoleTests
{
    private static readonly TimeSpan s_patience = FakeSession.Patience;

    [Fact]
    public async Task Blocked_handler_that_passed_the_role_does_not_hold_up_others()
    {
        using var gate = new ManualResetEventSlim();
        await using var session = await FakeSession.StartAsync(Blocking(gate));

        var blocked = Enumerable.Range(0, 3).Select(_ => session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16])).ToArray();
        var other = await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a")).Soon();

        other.Errno.ShouldBe(Errno.ENOENT);
        blocked.ShouldAllBe(static task => !task.IsCompleted);
        session.Server.Threads.ShouldBe(4);
        gate.Set();
        await Task.WhenAll(blocked).Soon();
    }

    [Fact]
    public async Task Handlers_that_do_not_block_are_served_by_one_thread()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem());

        for (var i = 0; i < 100; i++)
            await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a")).Soon();

        session.Server.Threads.ShouldBe(1);
    }

    [Fact]
    public async Task Parked_threads_are_used_again()
    {
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnGetAttributes = static _ =>
            {
                FuseServer.PassReaderRole();
                FuseServer.PassReaderRole();
                return new(default(FuseAttributesReply));
            },
        });

        for (var i = 0; i < 1000; i++)
            await session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]).Soon();

        session.Server.Threads.ShouldBeLessThanOrEqualTo(4);
    }

    [Fact]
    public async Task Brief_waits_of_a_single_client_need_no_other_thread()
    {
        var fileSystem = new ScriptedFileSystem
        {
            OnGetAttributes = static _ =>
            {
                FuseServer.PassReaderRole(brief: true);
                FuseServer.PassReaderRole(brief: true);
                return new(default(FuseAttributesReply));
            },
        };
        await using var session = await FakeSession.StartAsync(fileSystem, new FuseOptions { MaxWrite = 4096, BriefWait = s_patience });

        for (var i = 0; i < 1000; i++)
            await session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]).Soon();

        session.Server.Threads.ShouldBe(1);
    }

    [Fact]
    public async Task Brief_wait_with_a_request_behind_it_passes_the_role_on()
    {
        using var gate = new ManualResetEventSlim();
        using var lastGate = new ManualResetEventSlim();
        using var arrived = new ManualResetEventSlim();
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnGetAttributes = _ =>
            {
                arrived.Set();
                gate.Wait(s_patience);
                FuseServer.PassReaderRole(brief: true);
                lastGate.Wait(s_patience);
                return new(default(FuseAttributesReply));
            },
        });

        var blocked = session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]);
        arrived.Wait(s_patience, TestContext.Current.CancellationToken).ShouldBeTrue();
        var other = session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a"));
        gate.Set();

        (await other.Soon()).Errno.ShouldBe(Errno.ENOENT);
        blocked.IsCompleted.ShouldBeFalse();
        lastGate.Set();
        await blocked.Soon();
    }

    [Fact]
    public async Task Brief_wait_that_lasts_loses_the_role_again_and_again()
    {
        using var gate = new ManualResetEventSlim();
        using var arrived = new SemaphoreSlim(0);
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnGetAttributes = _ =>
            {
                FuseServer.PassReaderRole(brief: true);
                arrived.Release();
                gate.Wait(s_patience);
                return new(default(FuseAttributesReply));
            },
        });

        for (var round = 0; round < 20; round++)
        {
            gate.Reset();
            var blocked = new List<Task<FakeReply>>();
            for (var i = 0; i < 3; i++)
            {
                blocked.Add(session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]));
                (await arrived.WaitAsync(s_patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
            }

            (await session.Kernel.Ask(FuseOpcode.Lookup, 1, Bytes.Name("a")).Soon()).Errno.ShouldBe(Errno.ENOENT);
            blocked.ShouldAllBe(static task => !task.IsCompleted);
            gate.Set();
            await Task.WhenAll(blocked).Soon();
        }

        session.Server.Threads.ShouldBeLessThanOrEqualTo(6);
    }

    [Fact]
    public async Task Threads_are_bounded_and_service_resumes_when_one_is_free()
    {
        using var gate = new ManualResetEventSlim();
        await using var session = await FakeSession.StartAsync(Blocking(gate), new FuseOptions { MaxWrite = 4096, MaxThreads = 3 });

        var blocked = Enumerable.Range(0, 8).Select(_ => session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16])).ToArray();
        gate.Set();

        await Task.WhenAll(blocked).Soon();
        session.Server.Threads.ShouldBeLessThanOrEqualTo(3);
    }

    [Fact]
    public async Task Outstanding_requests_are_bounded_and_reading_resumes_after_an_answer()
    {
        var waiting = new System.Collections.Concurrent.ConcurrentQueue<TaskCompletionSource>();
        using var arrived = new SemaphoreSlim(0);
        await using var session = await FakeSession.StartAsync(
            new ScriptedFileSystem
            {
                OnGetAttributes = async _ =>
                {
                    var answer = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
                    waiting.Enqueue(answer);
                    arrived.Release();
                    await answer.Task;
                    return default(FuseAttributesReply);
                },
            },
            new FuseOptions { MaxWrite = 4096, MaxOutstandingRequests = 4, MaxWaitingLocks = 1 });

        var asked = Enumerable.Range(0, 6).Select(_ => session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16])).ToArray();
        for (var i = 0; i < 4; i++)
            (await arrived.WaitAsync(s_patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
        waiting.Count.ShouldBe(4);
        for (var i = 0; i < 6; i++)
        {
            if (i >= 4)
                (await arrived.WaitAsync(s_patience, TestContext.Current.CancellationToken)).ShouldBeTrue();
            waiting.TryDequeue(out var answer).ShouldBeTrue();
            answer!.SetResult();
        }

        await Task.WhenAll(asked).Soon();
    }

    [Fact]
    public async Task Waiting_locks_never_hold_every_buffer()
    {
        var locked = new TaskCompletionSource<Errno>(TaskCreationOptions.RunContinuationsAsynchronously);
        await using var session = await FakeSession.StartAsync(
            new ScriptedFileSystem
            {
                OnSetLock = (_, _, wait) =>
                {
                    if (wait)
                        return new(locked.Task);
                    locked.SetResult(Errno.None);
                    return new(Errno.None);
                },
            },
            new FuseOptions { MaxWrite = 4096, MaxOutstandingRequests = 4, MaxWaitingLocks = 2 });

        var waiting = Enumerable.Range(0, 2).Select(_ => session.Kernel.Ask(FuseOpcode.SetLockWait, 1, new byte[48])).ToArray();
        (await session.Kernel.Ask(FuseOpcode.SetLockWait, 1, new byte[48]).Soon()).Errno.ShouldBe(Errno.ENOLCK);
        (await session.Kernel.Ask(FuseOpcode.SetLock, 1, new byte[48]).Soon()).Errno.ShouldBe(Errno.None);

        await Task.WhenAll(waiting).Soon();
        (await session.Kernel.Ask(FuseOpcode.SetLockWait, 1, new byte[48]).Soon()).Errno.ShouldBe(Errno.None);
    }

    [Fact]
    public async Task Interrupt_cancels_the_request_it_means_and_no_other()
    {
        await using var session = await FakeSession.StartAsync(WaitingLock());
        var first = session.Kernel.NextUnique();
        var second = session.Kernel.NextUnique();
        var firstAnswer = session.Kernel.Ask(first, FuseOpcode.SetLockWait, 1, new byte[48]);
        var secondAnswer = session.Kernel.Ask(second, FuseOpcode.SetLockWait, 1, new byte[48]);

        session.Kernel.Interrupt(second);
        (await secondAnswer.Soon()).Errno.ShouldBe(Errno.EINTR);
        firstAnswer.IsCompleted.ShouldBeFalse();

        session.Kernel.Interrupt(first);
        (await firstAnswer.Soon()).Errno.ShouldBe(Errno.EINTR);
    }

    [Fact]
    public async Task Interrupt_before_its_request_is_sent_again()
    {
        await using var session = await FakeSession.StartAsync(WaitingLock());
        var unique = session.Kernel.NextUnique();

        var early = await session.Kernel.Ask(unique | 1, FuseOpcode.Interrupt, 0, Bytes.Of(new InterruptIn(unique))).Soon();
        var answer = session.Kernel.Ask(unique, FuseOpcode.SetLockWait, 1, new byte[48]);
        session.Kernel.Interrupt(unique);

        early.Errno.ShouldBe(Errno.EAGAIN);
        (await answer.Soon()).Errno.ShouldBe(Errno.EINTR);
    }

    [Fact]
    public async Task Interrupted_request_leaves_no_trace_in_its_buffer()
    {
        var interrupted = new List<bool>();
        await using var session = await FakeSession.StartAsync(new ScriptedFileSystem
        {
            OnSetLock = WaitingLock().OnSetLock,
            OnGetAttributes = request =>
            {
                interrupted.Add(request.IsInterrupted || request.CancellationToken.IsCancellationRequested);
                return new(default(FuseAttributesReply));
            },
        });
        for (var i = 0; i < 3; i++)
        {
            var unique = session.Kernel.NextUnique();
            var answer = session.Kernel.Ask(unique, FuseOpcode.SetLockWait, 1, new byte[48]);
            session.Kernel.Interrupt(unique);
            await answer.Soon();
            await session.Kernel.Ask(FuseOpcode.GetAttributes, 1, new byte[16]).Soon();
        }

        interrupted.ShouldBe([false, false, false]);
    }

    private static ScriptedFileSystem Blocking(ManualResetEventSlim gate) => new()
    {
        OnGetAttributes = _ =>
        {
            FuseServer.PassReaderRole();
            gate.Wait(s_patience);
            return new(default(FuseAttributesReply));
        },
    };

    private static ScriptedFileSystem WaitingLock() => new()
    {
        OnSetLock = static async (request, _, _) =>
        {
            var cancelled = new TaskCompletionSource(TaskCreationOptions.RunContinuationsAsynchronously);
            await using var registration = request.CancellationToken.UnsafeRegister(static state => ((TaskCompletionSource)state!).SetResult(), cancelled);
            await cancelled.Task;
            return Errno.EINTR;
        },
    };
}
