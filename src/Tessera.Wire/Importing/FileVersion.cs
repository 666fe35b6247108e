using Tessera.Core.FileSystem;

namespace Tessera.Wire.Importing;

/// <summary>By which it is seen that a file is another than it was.</summary>
internal readonly record struct FileVersion(ulong Size, Timestamp ModifyTime, Timestamp ChangeTime, ulong Change)
{
    public static FileVersion Of(in InodeAttributes attributes) => new(attributes.Size, attributes.ModifyTime, attributes.ChangeTime, attributes.Change);
}
