using System.Reflection;
using Tessera.Core.FileSystem;

namespace Tessera.Host.Tests;

/// <summary>A file system that answers everything with success and the default value, at once or when its gate opens.</summary>
#pragma warning disable CA1852 // DispatchProxy derives from it.
internal class AnsweringFileSystem : DispatchProxy
#pragma warning restore CA1852
{
    private static readonly MethodInfo s_answer = typeof(AnsweringFileSystem).GetMethod(nameof(Answer), BindingFlags.NonPublic | BindingFlags.Instance)!;
    private Task _gate = Task.CompletedTask;

    /// <param name="gate">Answers come when it completes; at once if it has.</param>
    public static IFileSystem Create(Task gate)
    {
        IFileSystem files = Create<IFileSystem, AnsweringFileSystem>();
        ((AnsweringFileSystem)(object)files)._gate = gate;
        return files;
    }

    protected override object? Invoke(MethodInfo? targetMethod, object?[]? args) => targetMethod!.ReturnType == typeof(void)
        ? null
        : s_answer.MakeGenericMethod(targetMethod.ReturnType.GetGenericArguments()).Invoke(this, null);

    private ValueTask<T> Answer<T>() => _gate.IsCompleted ? new ValueTask<T>(default(T)!) : AnswerLaterAsync<T>();

    private async ValueTask<T> AnswerLaterAsync<T>()
    {
        await _gate;
        return default!;
    }
}
