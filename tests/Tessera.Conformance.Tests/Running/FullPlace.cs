using Tessera.Conformance.Tests.Calls;

namespace Tessera.Conformance.Tests.Running;

/// <summary>Fills a small place, and empties it again.</summary>
internal static class FullPlace
{
    public const int Piece = 1 << 20;

    private const int Enough = 100_000;
    private const int LongTarget = 4000;

    /// <summary>With a file "big" of the letter x that takes all the room there is for data.</summary>
    /// <param name="room">On small ground.</param>
    /// <param name="action">Is told how long the file is; it is removed afterwards.</param>
    public static void WithData(Room room, Action<long> action)
    {
        byte[] piece = new byte[Piece];
        piece.AsSpan().Fill((byte)'x');
        int file = Kernel.Open(room["big"], OpenFlag.ReadWrite | OpenFlag.Create, Mode.File);
        long accepted = 0;
        try
        {
            Expect.Errno(Errno.ENOSPC, () =>
            {
                for (int step = Piece; ; accepted += step)
                {
                    step = Kernel.Write(file, piece);
                }
            });
        }
        finally
        {
            Kernel.Close(file);
        }

        try
        {
            action(accepted);
        }
        finally
        {
            Kernel.Unlink(room["big"]);
        }
    }

    /// <summary>With so many long names in a directory "full" that it takes no other.</summary>
    public static void WithNames(Room room, Action action)
    {
        string last = new('n', 240);
        string target = new('t', LongTarget);
        room.Directory("full");
        int made = 0;
        try
        {
            Expect.Errno(Errno.ENOSPC, () =>
            {
                for (; made < Enough; made++)
                {
                    Kernel.MakeLink(target, room[$"full/{last}{made}"]);
                }
            });
            action();
        }
        finally
        {
            for (int number = 0; number < made; number++)
            {
                Kernel.Unlink(room[$"full/{last}{number}"]);
            }
        }
    }

    /// <summary>Makes names of 240 bytes and more until there is no room for one: that one is not there, and once the others are gone it can be.</summary>
    public static void UntilFull(Room room, Action<string> make, Action<string> remove)
    {
        string last = room[new string('m', 240)];
        int made = 0;
        try
        {
            Expect.Errno(Errno.ENOSPC, () =>
            {
                for (; made < Enough; made++)
                {
                    make($"{last}{made}");
                }
            });
            Expect.Errno(Errno.ENOENT, () => Kernel.Stat($"{last}{made}"));
        }
        finally
        {
            for (int number = 0; number < made; number++)
            {
                remove($"{last}{number}");
            }
        }
    }
}
