using System.Runtime.InteropServices;

namespace Tessera.Host.Diagnosis;

/// <summary>Kernel, processor and runtime.</summary>
internal static class SystemChecks
{
    /// <summary>FUSE protocol 7.31, the oldest spoken, came with Linux 5.4.</summary>
    private static readonly Version OldestKernel = new(5, 4);

    public static IEnumerable<Finding> Run()
    {
        yield return Kernel(KernelVersion.Current);
        yield return new Finding(".NET", FindingLevel.Ok, RuntimeInformation.FrameworkDescription);
        bool accelerated = System.Runtime.Intrinsics.X86.Aes.IsSupported || System.Runtime.Intrinsics.Arm.Aes.IsSupported;
        yield return accelerated
            ? new Finding("processor", FindingLevel.Ok, $"{RuntimeInformation.ProcessArchitecture} with AES instructions, {Environment.ProcessorCount} cores")
            : new Finding("processor", FindingLevel.Note, "No AES instructions: ChaCha20-Poly1305 is faster here.");
    }

    private static Finding Kernel(Version kernel) => kernel >= OldestKernel
        ? new Finding("kernel", FindingLevel.Ok, $"Linux {kernel}")
        : new Finding("kernel", FindingLevel.Missing, $"Linux {kernel} is older than {OldestKernel}, the first with FUSE 7.31.");
}
