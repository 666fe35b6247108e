using System.Reflection;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace Tessera.Fuse.Tests;

/// <summary>Sizes and offsets against those a C compiler gives for the kernel's linux/fuse.h.</summary>
public sealed class WireLayoutTests
{
    [Theory]
    [InlineData(typeof(InHeader), 40, "Length:0 Opcode:4 Unique:8 NodeId:16 Uid:24 Gid:28 Pid:32 ExtensionUnits:36")]
    [InlineData(typeof(OutHeader), 16, "Length:0 Error:4 Unique:8")]
    [InlineData(typeof(InitIn), 64, "Major:0 Minor:4 MaxReadahead:8 Flags:12 Flags2:16")]
    [InlineData(typeof(InitOut), 64, "Major:0 Minor:4 MaxReadahead:8 Flags:12 MaxBackground:16 CongestionThreshold:18 MaxWrite:20 TimeGranularity:24 MaxPages:28 MapAlignment:30 Flags2:32 MaxStackDepth:36 RequestTimeoutSeconds:40")]
    [InlineData(typeof(FuseAttributes), 88, "Ino:0 Size:8 Blocks:16 AccessSeconds:24 ModifySeconds:32 ChangeSeconds:40 AccessNanoseconds:48 ModifyNanoseconds:52 ChangeNanoseconds:56 Mode:60 LinkCount:64 Uid:68 Gid:72 Device:76 BlockSize:80 Flags:84")]
    [InlineData(typeof(FuseEntry), 128, "NodeId:0 Generation:8 EntrySeconds:16 AttributesSeconds:24 EntryNanoseconds:32 AttributesNanoseconds:36 Attributes:40")]
    [InlineData(typeof(FuseAttributesReply), 104, "Seconds:0 Nanoseconds:8 Attributes:16")]
    [InlineData(typeof(FuseOpened), 16, "Handle:0 Flags:8 BackingId:12")]
    [InlineData(typeof(FuseCreated), 144, "Entry:0 Opened:128")]
    [InlineData(typeof(FuseStatFs), 80, "Blocks:0 FreeBlocks:8 AvailableBlocks:16 Files:24 FreeFiles:32 BlockSize:40 NameLength:44 FragmentSize:48")]
    [InlineData(typeof(FuseFileLock), 24, "Start:0 End:8 Type:16 Pid:20")]
    [InlineData(typeof(FuseStatx), 256, "Mask:0 BlockSize:4 Attributes:8 LinkCount:16 Uid:20 Gid:24 Mode:28 Ino:32 Size:40 Blocks:48 AttributesMask:56 AccessTime:64 BirthTime:80 ChangeTime:96 ModifyTime:112 DeviceMajor:128 DeviceMinor:132 FileSystemMajor:136 FileSystemMinor:140")]
    [InlineData(typeof(FuseStatxTime), 16, "Seconds:0 Nanoseconds:8")]
    [InlineData(typeof(FuseStatxReply), 288, "Seconds:0 Nanoseconds:8 Flags:12 Statx:32")]
    [InlineData(typeof(FuseIoctlReply), 16, "Result:0 Flags:4 InputVectors:8 OutputVectors:12")]
    [InlineData(typeof(DirectoryEntryHeader), 24, "Ino:0 NextOffset:8 NameLength:16 Type:20")]
    [InlineData(typeof(ForgetOne), 16, "NodeId:0 LookupCount:8")]
    [InlineData(typeof(BatchForgetIn), 8, "Count:0")]
    [InlineData(typeof(GetAttributesArguments), 16, "Flags:0 Handle:8")]
    [InlineData(typeof(SetAttributesArguments), 88, "Valid:0 Handle:8 Size:16 LockOwner:24 AccessSeconds:32 ModifySeconds:40 ChangeSeconds:48 AccessNanoseconds:56 ModifyNanoseconds:60 ChangeNanoseconds:64 Mode:68 Uid:76 Gid:80")]
    [InlineData(typeof(MakeNodeArguments), 16, "Mode:0 Device:4 Umask:8")]
    [InlineData(typeof(MakeDirectoryArguments), 8, "Mode:0 Umask:4")]
    [InlineData(typeof(RenameIn), 8, "NewParent:0")]
    [InlineData(typeof(Rename2In), 16, "NewParent:0 Flags:8")]
    [InlineData(typeof(LinkIn), 8, "ExistingNodeId:0")]
    [InlineData(typeof(OpenArguments), 8, "Flags:0 OpenFlags:4")]
    [InlineData(typeof(CreateArguments), 16, "Flags:0 Mode:4 Umask:8 OpenFlags:12")]
    [InlineData(typeof(ReadArguments), 40, "Handle:0 Offset:8 Size:16 ReadFlags:20 LockOwner:24 Flags:32")]
    [InlineData(typeof(WriteArguments), 40, "Handle:0 Offset:8 Size:16 WriteFlags:20 LockOwner:24 Flags:32")]
    [InlineData(typeof(WriteOut), 8, "Size:0")]
    [InlineData(typeof(ReleaseArguments), 24, "Handle:0 Flags:8 ReleaseFlags:12 LockOwner:16")]
    [InlineData(typeof(FlushArguments), 24, "Handle:0 LockOwner:16")]
    [InlineData(typeof(FsyncArguments), 16, "Handle:0 Flags:8")]
    [InlineData(typeof(SetXattrIn), 16, "Size:0 Mode:4 Flags:8")]
    [InlineData(typeof(GetXattrIn), 8, "Size:0")]
    [InlineData(typeof(LockArguments), 48, "Handle:0 Owner:8 Lock:16 Flags:40")]
    [InlineData(typeof(AccessIn), 8, "Mask:0")]
    [InlineData(typeof(InterruptIn), 8, "Unique:0")]
    [InlineData(typeof(BmapArguments), 16, "Block:0 BlockSize:8")]
    [InlineData(typeof(IoctlArguments), 32, "Handle:0 Flags:8 Command:12 Argument:16 InputSize:24 OutputSize:28")]
    [InlineData(typeof(PollArguments), 24, "Handle:0 KernelHandle:8 Flags:16 Events:20")]
    [InlineData(typeof(FallocateArguments), 32, "Handle:0 Offset:8 Length:16 Mode:24")]
    [InlineData(typeof(LseekArguments), 24, "Handle:0 Offset:8 Whence:16")]
    [InlineData(typeof(CopyFileRangeArguments), 56, "SourceHandle:0 SourceOffset:8 DestinationNodeId:16 DestinationHandle:24 DestinationOffset:32 Length:40 Flags:48")]
    [InlineData(typeof(StatxArguments), 24, "GetAttributesFlags:0 Handle:8 StatxFlags:16 StatxMask:20")]
    [InlineData(typeof(SetupMappingArguments), 40, "Handle:0 FileOffset:8 Length:16 Flags:24 MapOffset:32")]
    [InlineData(typeof(InvalidateInodeOut), 24, "NodeId:0 Offset:8 Length:16")]
    [InlineData(typeof(InvalidateEntryOut), 16, "Parent:0 NameLength:8 Flags:12")]
    [InlineData(typeof(DeleteOut), 24, "Parent:0 Child:8 NameLength:16")]
    [InlineData(typeof(StoreOut), 24, "NodeId:0 Offset:8 Size:16")]
    [InlineData(typeof(RetrieveOut), 32, "NotifyUnique:0 NodeId:8 Offset:16 Size:24")]
    [InlineData(typeof(RetrieveIn), 40, "Unused:0 Offset:8 Size:16")]
    public void Struct_has_the_kernels_size_and_offsets(Type type, int size, string offsets)
    {
        var measured = typeof(WireLayoutTests).GetMethod(nameof(SizeOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type).Invoke(null, null);

        measured.ShouldBe(size);
        foreach (var expected in offsets.Split(' '))
        {
            var name = expected.Split(':')[0];
            OffsetOf(type, name, size).ShouldBe(int.Parse(expected.Split(':')[1], System.Globalization.CultureInfo.InvariantCulture), name);
        }
    }

    [Fact]
    public void Every_wire_struct_is_in_the_table()
    {
        var tested = typeof(WireLayoutTests).GetMethod(nameof(Struct_has_the_kernels_size_and_offsets))!
            .GetCustomAttributes<InlineDataAttribute>().Select(static data => (Type)data.Data[0]!);
        var declared = typeof(FuseServer).Assembly.GetTypes()
            .Where(static type => type.IsValueType && !type.IsEnum && type.StructLayoutAttribute is { Size: > 0 } && type.Namespace == "Tessera.Fuse");

        declared.Except(tested).ShouldBeEmpty();
    }

    private static int SizeOf<T>() => Unsafe.SizeOf<T>();

    /// <summary>The first byte that differs when the field alone is all ones.</summary>
    private static int OffsetOf(Type type, string name, int size)
    {
        var field = type.GetField(name, BindingFlags.Public | BindingFlags.NonPublic | BindingFlags.Instance)
            ?? type.GetField($"<{name}>k__BackingField", BindingFlags.NonPublic | BindingFlags.Instance);
        field.ShouldNotBeNull(name);
        return (int)typeof(WireLayoutTests).GetMethod(nameof(FirstByteOf), BindingFlags.NonPublic | BindingFlags.Static)!
            .MakeGenericMethod(type, field.FieldType).Invoke(null, [field, size])!;
    }

    private static int FirstByteOf<TStruct, TField>(FieldInfo field, int size)
        where TStruct : unmanaged
        where TField : unmanaged
    {
        var ones = new byte[Unsafe.SizeOf<TField>()];
        Array.Fill(ones, (byte)0xFF);
        object boxed = default(TStruct);
        field.SetValue(boxed, MemoryMarshal.Read<TField>(ones));
        var bytes = Bytes.Of((TStruct)boxed);
        bytes.Length.ShouldBe(size);
        return Array.FindIndex(bytes, static value => value != 0);
    }
}
