using System.Text;
using Tessera.Core;
using Tessera.Core.FileSystem;
using Tessera.Crypto;
using Tessera.Volumes;

namespace Tessera.Simulation.Tests.Adversary;

/// <summary>What may be on a medium.</summary>
/// <param name="Name">For messages.</param>
/// <param name="FillAsync">Writes it into a new volume; null: there is no volume, only noise.</param>
internal sealed record World(string Name, Func<Volume, ValueTask>? FillAsync)
{
    /// <summary>Key slots that are in use.</summary>
    public int Keys { get; init; } = 1;

    private const uint FileMode = ModeBits.Regular | 0x180;
    private const int SmallFile = 4096;

    /// <summary>Bytes of contents: nearly all of the medium in the full campaign.</summary>
    private static readonly int s_much = CampaignSize.IsFull ? 40 << 20 : 3 << 20;

    public static World OneKey { get; } = new("one key", _ => default);

    public static World SixteenKeys { get; } = new("sixteen keys", _ => default) { Keys = KeyHeader.SlotCount };

    public static World Noise { get; } = new("noise", FillAsync: null);

    public static World Empty { get; } = new("an empty volume", _ => default);

    public static World Full { get; } = new("a full volume", volume => WriteAsync(volume, "full", s_much));

    public static World OneLarge { get; } = new("one large file", volume => WriteAsync(volume, "large", s_much / 2));

    public static World ManySmall { get; } = new("many small files", async volume =>
    {
        for (int i = 0; i < s_much / 2 / SmallFile; i++)
        {
            await WriteAsync(volume, $"small file {i}", SmallFile);
        }
    });

    public static World FewNames { get; } = new("few names", volume => MakeNamesAsync(volume, 3));

    public static World ManyNames { get; } = new("many names", volume => MakeNamesAsync(volume, CampaignSize.IsFull ? 20_000 : 800));

    /// <summary>The worlds to tell apart.</summary>
    public static IReadOnlyList<(World First, World Second)> Pairs { get; } =
        [(Noise, Full), (Empty, Full), (OneLarge, ManySmall), (FewNames, ManyNames), (OneKey, SixteenKeys)];

    private static async ValueTask MakeNamesAsync(Volume volume, int count)
    {
        for (int i = 0; i < count; i++)
        {
            await MakeAsync(volume, $"a name of some length, number {i}");
        }
    }

    private static async ValueTask WriteAsync(Volume volume, string name, int length)
    {
        ulong ino = await MakeAsync(volume, name);
        byte[] piece = new byte[Math.Min(length, 1 << 20)]; // Zeros: the least random content there is.
        for (int at = 0; at < length; at += piece.Length)
        {
            FsResult<int> written = await volume.WriteAsync(Caller.Engine, new FileSpan(ino, 0, (ulong)at), piece, WriteFlags.None);
            if (written.Error == FsError.NoSpace)
            {
                break; // Then it is as full as can be.
            }

            written.Ok.ShouldBeTrue($"{name} at {at}: {written.Error}");
        }

        if (length > SmallFile)
        {
            (await volume.SyncAsync(Caller.Engine, ino, dataOnly: false)).ShouldBe(FsError.None);
        }
    }

    private static async ValueTask<ulong> MakeAsync(Volume volume, string name)
    {
        FsResult<InodeAttributes> made = await volume.MakeNodeAsync(
            Caller.Engine, FsLimits.RootInode, Encoding.UTF8.GetBytes(name), new NewNode(FileMode, 0, default));
        made.Ok.ShouldBeTrue($"{name}: {made.Error}");
        return made.Value.Ino;
    }
}
