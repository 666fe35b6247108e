namespace Tessera.Fuse.Tests;

internal static class TaskExtensions
{
    /// <summary>Fails the test rather than hanging it.</summary>
    public static Task<T> Soon<T>(this Task<T> task) => task.WaitAsync(FakeSession.Patience, TestContext.Current.CancellationToken);

    public static Task Soon(this Task task) => task.WaitAsync(FakeSession.Patience, TestContext.Current.CancellationToken);
}
