namespace Tessera.Wire.Protocol;

/// <summary>The arguments that a step has. They stand in its body in this order, and only those that its operation has (<see cref="StepTable"/>).</summary>
[Flags]
internal enum StepFields
{
    None = 0,

    /// <summary>u64; 0: the inode of the step before.</summary>
    Ino = 1,

    /// <summary>u64; all ones: the handle of the step before.</summary>
    Handle = 2,

    /// <summary>u64: bytes, or the cookie of a listing.</summary>
    Offset = 4,

    /// <summary>u64, bytes.</summary>
    Length = 8,

    /// <summary>u32.</summary>
    Flags = 16,

    /// <summary>u32: type and permissions.</summary>
    Mode = 32,

    /// <summary>u32.</summary>
    Rdev = 64,

    /// <summary>u64: a second inode.</summary>
    OtherIno = 128,

    /// <summary>u64.</summary>
    OtherHandle = 256,

    /// <summary>u64.</summary>
    OtherOffset = 512,

    /// <summary>72 bytes.</summary>
    Changes = 1024,

    /// <summary>u16 length and bytes.</summary>
    Name = 2048,

    /// <summary>u16 length and bytes: a second name, or the target of a link.</summary>
    OtherName = 4096,

    /// <summary>The rest of the body.</summary>
    Data = 8192,
}
