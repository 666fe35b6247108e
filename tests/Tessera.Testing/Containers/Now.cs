namespace Tessera.Testing.Containers;

/// <summary>Calls of a container complete on the caller's thread: simulations take their result there and then.</summary>
public static class Now
{
    public static void Do(ValueTask call) => call.AsTask().GetAwaiter().GetResult();

    public static T Do<T>(ValueTask<T> call) => call.AsTask().GetAwaiter().GetResult();
}
