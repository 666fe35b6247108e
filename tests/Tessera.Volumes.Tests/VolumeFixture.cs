using System.Text;
using Tessera.Core.FileSystem;
using Tessera.Testing.Models;
using Tessera.Testing.Stores;

namespace Tessera.Volumes.Tests;

/// <summary>A volume in a memory store, with short ways to call it.</summary>
internal sealed class VolumeFixture
{
    private VolumeFixture(MemoryVolumeStore memory, SteppingClock clock, VolumeOptions options)
    {
        Memory = memory;
        Clock = clock;
        Options = options;
        Store = new CountingVolumeStore(memory);
    }

    public static Caller Root { get; } = new(0, 0, 1, Door.Internal, KernelChecked: true);

    public MemoryVolumeStore Memory { get; }

    public CountingVolumeStore Store { get; private set; }

    public SteppingClock Clock { get; }

    public VolumeOptions Options { get; }

    public RecordingEvents Events { get; } = new();

    public Volume Volume { get; private set; } = null!;

    public static async Task<VolumeFixture> NewAsync(VolumeOptions? options = null, MemoryVolumeStore? memory = null, SteppingClock? clock = null)
    {
        VolumeFixture fixture = new(memory ?? new MemoryVolumeStore(), clock ?? new SteppingClock(), options ?? new VolumeOptions { BackgroundWriteBack = false });
        await Volume.FormatAsync(fixture.Store, fixture.Clock, Root);
        await fixture.OpenAsync();
        return fixture;
    }

    public static byte[] Name(string name) => Encoding.UTF8.GetBytes(name);

    public static byte[] Pattern(int length, int seed)
    {
        byte[] bytes = new byte[length];
        new Random(seed).NextBytes(bytes);
        return bytes;
    }

    public async Task OpenAsync()
    {
        Store = new CountingVolumeStore(Memory);
        Volume = await Volume.OpenAsync(Store, Options, Clock, Events);
    }

    /// <summary>Closes and opens again.</summary>
    public async Task ReopenAsync()
    {
        await Volume.CloseAsync();
        await OpenAsync();
    }

    /// <summary>Opens again as after kill -9: the old volume reaches its store no more.</summary>
    public async Task KillAsync()
    {
        Store.Sever();
        Memory.ForgetUnclaimed();
        await OpenAsync();
    }

    public async Task<InodeAttributes> MakeAsync(ulong parent, string name, uint mode = ModeBits.Regular | 0x1A4, Caller? caller = null)
    {
        FsResult<InodeAttributes> made = await Volume.MakeNodeAsync(caller ?? Root, parent, Name(name), new NewNode(mode, 0, default));
        made.Error.ShouldBe(FsError.None);
        return made.Value;
    }

    public Task<InodeAttributes> MakeDirectoryAsync(ulong parent, string name, uint mode = 0x1ED) => MakeAsync(parent, name, ModeBits.Directory | mode);

    public async Task<InodeAttributes> AttributesAsync(ulong ino)
    {
        FsResult<InodeAttributes> attributes = await Volume.GetAttributesAsync(Root, ino);
        attributes.Error.ShouldBe(FsError.None);
        return attributes.Value;
    }

    public async Task<FsResult<InodeAttributes>> LookupAsync(ulong parent, string name) => await Volume.LookupAsync(Root, parent, Name(name));

    public async Task WriteAsync(ulong ino, long offset, ReadOnlyMemory<byte> content, ulong handle = 0)
    {
        FsResult<int> written = await Volume.WriteAsync(Root, new FileSpan(ino, handle, (ulong)offset), content, WriteFlags.None);
        written.Error.ShouldBe(FsError.None);
        written.Value.ShouldBe(content.Length);
    }

    public async Task<byte[]> ReadAsync(ulong ino, long offset = 0, int length = 1 << 22, ulong handle = 0)
    {
        byte[] buffer = new byte[length];
        FsResult<int> read = await Volume.ReadAsync(Root, new FileSpan(ino, handle, (ulong)offset), buffer);
        read.Error.ShouldBe(FsError.None);
        return buffer[..read.Value];
    }

    public async Task FlushAsync(ulong ino) => (await Volume.FlushAsync(Root, ino, 0)).ShouldBe(FsError.None);

    public async Task SetSizeAsync(ulong ino, long size)
    {
        AttributeChanges changes = new() { Mask = AttributeMask.Size, Size = (ulong)size };
        FsResult<InodeAttributes> result = await Volume.SetAttributesAsync(Root, ino, changes);
        result.Error.ShouldBe(FsError.None);
        result.Value.Size.ShouldBe((ulong)size);
    }

    public async Task<List<(string Name, ulong Cookie, InodeAttributes Attributes)>> ListAsync(ulong ino, int pageSize = 1000, bool attributes = false)
    {
        List<(string, ulong, InodeAttributes)> all = [];
        ulong cookie = 0;
        while (true)
        {
            CollectingSink sink = new(pageSize, attributes);
            (await Volume.ReadDirectoryAsync(Root, ino, cookie, sink)).ShouldBe(FsError.None);
            all.AddRange(sink.Entries);
            if (!sink.IsFull)
            {
                return all;
            }

            cookie = sink.Entries[^1].Cookie;
        }
    }
}
