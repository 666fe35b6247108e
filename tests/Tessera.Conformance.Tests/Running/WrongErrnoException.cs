using System.Runtime.InteropServices;

namespace Tessera.Conformance.Tests.Running;

/// <summary>A call did not fail as its clause says.</summary>
/// <param name="expected">The clause's errno.</param>
/// <param name="given">What the call gave; 0 when it succeeded.</param>
internal sealed class WrongErrnoException(int expected, int given)
    : Exception($"{Marshal.GetPInvokeErrorMessage(expected)} ({expected}) is due, and the call gave {(given == 0 ? "no error" : $"{Marshal.GetPInvokeErrorMessage(given)} ({given})")}.")
{
    public int Given => given;
}
