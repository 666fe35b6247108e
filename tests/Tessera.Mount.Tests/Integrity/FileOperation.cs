namespace Tessera.Mount.Tests.Integrity;

/// <summary>One operation. It means the same whatever ran before it, so that a program can lose any of its lines and still be one.</summary>
/// <param name="Kind">What is done.</param>
/// <param name="File">To which file.</param>
/// <param name="Offset">Where; of a truncation, the new length.</param>
/// <param name="Length">How many bytes.</param>
/// <param name="Seed">Of the bytes that are written.</param>
internal sealed record FileOperation(FileOperationKind Kind, int File, int Offset, int Length, uint Seed)
{
    /// <summary>Where CopyRange writes.</summary>
    public int TargetFile { get; init; }

    public int TargetOffset { get; init; }

    public override string ToString() => Kind == FileOperationKind.CopyRange
        ? $"{Kind} {File} {Offset} {Length} to {TargetFile} {TargetOffset}"
        : $"{Kind} {File} {Offset} {Length}";
}
