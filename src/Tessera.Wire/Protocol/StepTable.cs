using static Tessera.Wire.Protocol.ResultFields;
using static Tessera.Wire.Protocol.StepFields;

namespace Tessera.Wire.Protocol;

/// <summary>Every operation of the protocol, and its shape (docs/protocol.md, "Operations").</summary>
internal static class StepTable
{
    /// <summary>A handle that stands for the one the step before gave.</summary>
    public const ulong HandleBefore = ulong.MaxValue;

    /// <summary>Handles that an exporter gives are from 1 to this; the importer may use others for itself.</summary>
    public const ulong LastHandle = long.MaxValue;

    /// <summary>An inode that stands for the one the step before gave or took.</summary>
    public const ulong InoBefore = 0;

    /// <summary>Of <see cref="OpCode.Read"/>: only a file that is no longer than what is asked for; nothing of a longer one.</summary>
    public const uint WholeFileOnly = 1;

    /// <summary>Of <see cref="OpCode.ReadDirectory"/>: with attributes.</summary>
    public const uint WithAttributes = 1;

    /// <summary>Of <see cref="OpCode.Sync"/>: fdatasync(2).</summary>
    public const uint DataOnly = 1;

    private static readonly StepShape[] Shapes =
    [
        default,
        /* Lookup */ new(Ino | Name, ResultFields.Attributes, Tells: true),
        /* Forget */ new(StepFields.Data, ResultFields.None),
        /* GetAttributes */ new(Ino, ResultFields.Attributes, IsRepeatable: true),
        /* SetAttributes */ new(Ino | Changes, ResultFields.Attributes),
        /* ReadLink */ new(Ino, ResultFields.Data, IsRepeatable: true),
        /* MakeNode */ new(Ino | Mode | Rdev | Name | OtherName, ResultFields.Attributes, Tells: true),
        /* Create */ new(Ino | Flags | Mode | Name, ResultFields.Attributes | ResultFields.Handle, Tells: true),
        /* CreateUnnamed */ new(Ino | Flags | Mode, ResultFields.Attributes | ResultFields.Handle, Tells: true),
        /* Link */ new(Ino | OtherIno | Name, ResultFields.Attributes, Tells: true),
        /* Unlink */ new(Ino | Name, ResultFields.None),
        /* RemoveDirectory */ new(Ino | Name, ResultFields.None),
        /* Rename */ new(Ino | Flags | OtherIno | Name | OtherName, ResultFields.None),
        /* Open */ new(Ino | Flags, ResultFields.Handle),
        /* Read */ new(Ino | StepFields.Handle | Offset | Length | Flags, ResultFields.Data, IsRepeatable: true),
        /* Write */ new(Ino | StepFields.Handle | Offset | Flags | StepFields.Data, Number),
        /* Allocate */ new(Ino | StepFields.Handle | Offset | Length | Flags, ResultFields.None),
        /* CopyRange */ new(Ino | StepFields.Handle | Offset | Length | OtherIno | OtherHandle | OtherOffset, Number),
        /* Seek */ new(Ino | StepFields.Handle | Offset | Flags, Number, IsRepeatable: true),
        /* Flush */ new(Ino | StepFields.Handle, ResultFields.None),
        /* Sync */ new(Ino | Flags, ResultFields.None, IsRepeatable: true),
        /* Release */ new(Ino | StepFields.Handle, ResultFields.None),
        /* ReadDirectory */ new(Ino | Offset | Length | Flags, Listing, Tells: true),
        /* SetXattr */ new(Ino | Flags | Name | StepFields.Data, ResultFields.None),
        /* GetXattr */ new(Ino | Length | Name, Number | ResultFields.Data, IsRepeatable: true),
        /* ListXattrs */ new(Ino | Length, Number | ResultFields.Data, IsRepeatable: true),
        /* RemoveXattr */ new(Ino | Name, ResultFields.None),
        /* Statistics */ new(StepFields.None, ResultFields.Statistics, IsRepeatable: true),
        /* Lock */ new(Ino | StepFields.Handle | Offset | Length | Flags | OtherOffset, ResultFields.Data),
    ];

    /// <summary>False: no such operation.</summary>
    public static bool TryGet(OpCode operation, out StepShape shape)
    {
        bool known = operation is >= OpCode.Lookup and <= OpCode.Lock;
        shape = known ? Shapes[(int)operation] : default;
        return known;
    }

    public static StepShape Of(OpCode operation) => Shapes[(int)operation];
}
