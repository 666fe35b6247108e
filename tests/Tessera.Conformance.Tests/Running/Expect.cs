using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>How a call fails.</summary>
internal static class Expect
{
    /// <summary>The call fails with this errno and no other.</summary>
    /// <exception cref="WrongErrnoException">It fails otherwise, or not at all.</exception>
    public static void Errno(int errno, Action call)
    {
        int given = 0;
        try
        {
            call();
        }
        catch (SyscallException failure)
        {
            given = failure.Errno;
        }

        if (given != errno)
        {
            throw new WrongErrnoException(errno, given);
        }
    }

    /// <summary>A value is what the clause says; another one can be listed as a deviation.</summary>
    /// <exception cref="UnexpectedOutcomeException">It is another.</exception>
    public static void Value<T>(string what, T expected, T given)
    {
        if (!EqualityComparer<T>.Default.Equals(expected, given))
        {
            throw new UnexpectedOutcomeException($"{what}: {given}", $"{expected}");
        }
    }

    /// <summary>The call fails with this errno and no other.</summary>
    public static void Errno<T>(int errno, Func<T> call) => Errno(errno, () => { _ = call(); });
}
