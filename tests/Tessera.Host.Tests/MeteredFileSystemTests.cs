using System.Diagnostics;
using System.Reflection;
using Tessera.Core.FileSystem;
using Tessera.Host.Metering;
using Tessera.Host.Statistics;

namespace Tessera.Host.Tests;

/// <summary>Every operation of the one interface is counted and timed, whether it ends at once or later.</summary>
public sealed class MeteredFileSystemTests
{
    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task Every_operation_is_counted_once_and_when_it_ends(bool later)
    {
        MethodInfo[] operations = typeof(IFileSystem).GetMethods();
        operations.Length.ShouldBeGreaterThan(25);
        foreach (MethodInfo operation in operations)
        {
            var meters = new CallMeters<Operation>();
            var gate = new TaskCompletionSource();
            if (!later)
            {
                gate.SetResult();
            }

            var files = new MeteredFileSystem(AnsweringFileSystem.Create(gate.Task), meters);
            object? result = operation.Invoke(files, [.. operation.GetParameters().Select(parameter => Default(parameter.ParameterType))]);
            if (later && result is not null)
            {
                meters.Read().ShouldBeEmpty($"{operation.Name} was counted before it ended");
                gate.SetResult();
            }

            await EndOf(result);

            CallReading reading = meters.Read().ShouldHaveSingleItem(operation.Name);
            (reading.Count, reading.Errors).ShouldBe((1, 0), operation.Name);
        }
    }

    [Fact]
    public async Task What_ends_later_is_timed_to_its_end()
    {
        var meters = new CallMeters<Operation>();
        var gate = new TaskCompletionSource();
        var files = new MeteredFileSystem(AnsweringFileSystem.Create(gate.Task), meters);

        long began = Stopwatch.GetTimestamp();
        ValueTask<FsError> syncing = files.SyncAsync(default, 1, dataOnly: true);
        SpinWait.SpinUntil(() => Stopwatch.GetElapsedTime(began).TotalMilliseconds >= 5);
        gate.SetResult();
        await syncing;

        CallReport sync = CallReport.Of(meters.Read().Single());
        (sync.Name, sync.Count).ShouldBe(("sync", 1));
        sync.MaxUs.ShouldBeGreaterThanOrEqualTo(4_000);
    }

    private static object? Default(Type type) => type.IsValueType ? Activator.CreateInstance(type) : null;

    private static Task EndOf(object? result) => (Task?)result?.GetType().GetMethod("AsTask")!.Invoke(result, null) ?? Task.CompletedTask;
}
