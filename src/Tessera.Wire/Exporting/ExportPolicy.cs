using Tessera.Core.FileSystem;
using Tessera.Wire.Protocol;

namespace Tessera.Wire.Exporting;

/// <summary>What an importer may ask for: a stranger perhaps, with the rights of whoever exports.</summary>
/// <param name="Uid">Who all requests are made as, whoever the importer says makes them.</param>
/// <param name="Gid">His group.</param>
/// <param name="ReadOnly">Every change is answered EROFS.</param>
public sealed record ExportPolicy(uint Uid, uint Gid, bool ReadOnly)
{
    private const OpenFlags Passed = OpenFlags.AccessMask | OpenFlags.Exclusive | OpenFlags.Truncate | OpenFlags.Append | OpenFlags.Sync | OpenFlags.KillPrivileges;
    private static ReadOnlySpan<byte> UserAttributes => "user."u8;

    /// <summary>Who owns a file is not the importer's to say: a change of it is answered EPERM.</summary>
    public bool KeepsOwners { get; init; }

    /// <summary>Names that are not exported; null: all are.</summary>
    public HiddenNames? Hidden { get; init; }

    internal Caller CallerOf(RequestBody request) => new(Uid, Gid, 0, Door.Wire, KernelChecked: true) { Umask = request.Umask & ModeBits.RightsMask };

    /// <summary>None, or why the step is not done.</summary>
    internal FsError Judge(in Step step)
    {
        StepFields fields = StepTable.Of(step.Operation).Arguments;
        bool named = fields.HasFlag(StepFields.Name) && !IsXattr(step.Operation);
        bool renamed = step.Operation == OpCode.Rename;
        if ((named && !IsName(step.Name.Span)) || (renamed && !IsName(step.OtherName.Span)))
        {
            return FsError.InvalidArgument;
        }

        if (named && Hidden?.Hides(step.Ino, step.Name.Span) == true)
        {
            return step.Operation is OpCode.Lookup or OpCode.Unlink or OpCode.RemoveDirectory or OpCode.Rename ? FsError.NotFound : FsError.AccessDenied;
        }

        if (renamed && Hidden?.Hides(step.OtherIno, step.OtherName.Span) == true)
        {
            return FsError.AccessDenied; // It would be out of sight; or, exchanged, what is would come into it.
        }

        if (ReadOnly && Changes(step))
        {
            return FsError.ReadOnly;
        }

        return step.Operation switch
        {
            OpCode.MakeNode => JudgeNew(step),
            OpCode.SetAttributes when step.Changes.Mask.HasFlag(AttributeMask.Flags) => FsError.NotPermitted,
            OpCode.SetAttributes when KeepsOwners && (step.Changes.Mask & (AttributeMask.Uid | AttributeMask.Gid)) != AttributeMask.None => FsError.NotPermitted,
            OpCode.SetXattr or OpCode.GetXattr or OpCode.RemoveXattr => JudgeXattr(step),
            _ => FsError.None,
        };
    }

    /// <summary>set-user-ID and set-group-ID bits are not planted on this host: only a directory keeps the latter, which there gives nobody rights.</summary>
    internal static uint ModeOf(uint mode) =>
        ModeBits.IsDirectory(mode) ? mode & ~ModeBits.SetUid : mode & ~(ModeBits.SetUid | ModeBits.SetGid);

    internal static OpenFlags OpenFlagsOf(uint flags) => (OpenFlags)flags & Passed;

    private static FsError JudgeNew(in Step step) => (step.Mode & ModeBits.TypeMask) switch
    {
        ModeBits.Symlink => step.OtherName.Length is 0 or > FsLimits.MaxSymlink || step.OtherName.Span.Contains((byte)0) ? FsError.InvalidArgument : FsError.None,
        ModeBits.Regular or ModeBits.Directory or ModeBits.Fifo or ModeBits.Socket => FsError.None,
        _ => FsError.NotPermitted,
    };

    /// <summary>Others than users' own can give rights (security.capability), or are the host's affair.</summary>
    private static FsError JudgeXattr(in Step step)
    {
        ReadOnlySpan<byte> name = step.Name.Span;
        return name.Length <= FsLimits.MaxXattrName && name.StartsWith(UserAttributes) && name.Length > UserAttributes.Length && !name.Contains((byte)0)
            ? FsError.None
            : FsError.NotSupported;
    }

    private static bool Changes(in Step step) => step.Operation switch
    {
        OpCode.Open => (OpenFlagsOf(step.Flags) & (OpenFlags.AccessMask | OpenFlags.Truncate)) != OpenFlags.ReadOnly,
        OpCode.SetAttributes or OpCode.MakeNode or OpCode.Create or OpCode.CreateUnnamed or OpCode.Link or OpCode.Unlink or OpCode.RemoveDirectory
            or OpCode.Rename or OpCode.Write or OpCode.Allocate or OpCode.CopyRange or OpCode.SetXattr or OpCode.RemoveXattr => true,
        _ => false,
    };

    private static bool IsXattr(OpCode operation) => operation is OpCode.SetXattr or OpCode.GetXattr or OpCode.RemoveXattr;

    private static bool IsName(ReadOnlySpan<byte> name) =>
        name.Length is > 0 and <= FsLimits.MaxName && !name.ContainsAny((byte)'/', (byte)0) && !name.SequenceEqual("."u8) && !name.SequenceEqual(".."u8);
}
