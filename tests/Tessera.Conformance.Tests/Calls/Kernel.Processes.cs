namespace Tessera.Conformance.Tests.Calls;

/// <content>Descriptors and signals.</content>
internal static partial class Kernel
{
    public static int Duplicate(int file) => Checked(Import.dup(file));

    public static void Signal(int process, int signal) => Checked(Import.kill(process, signal));
}
