using System.Reflection;
using Tessera.Conformance.Tests.Calls;
using Tessera.Mount.Tests.Harness;

namespace Tessera.Conformance.Tests.Running;

/// <summary>How a case failed, in the words that a deviation lists: so that a clause known to be broken one way does not hide that it breaks another way.</summary>
internal static class Outcome
{
    /// <returns>The errno's name, "no error", or what was seen; for any other failure its message, which no deviation lists.</returns>
    public static string Of(Exception failure) => failure switch
    {
        SyscallException call => Name(call.Errno),
        WrongErrnoException wrong => Name(wrong.Given),
        UnexpectedOutcomeException other => other.Seen,
        _ => failure.ToString(),
    };

    private static string Name(int errno) => errno == 0
        ? "no error"
        : typeof(Errno).GetFields(BindingFlags.Static | BindingFlags.Public).FirstOrDefault(field => (int)field.GetRawConstantValue()! == errno)?.Name ?? $"errno {errno}";
}
