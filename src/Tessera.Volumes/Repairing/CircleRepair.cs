using System.Runtime.InteropServices;
using Tessera.Volumes.Checking;
using Tessera.Volumes.Namespace;

namespace Tessera.Volumes.Repairing;

/// <summary>Directories that lie below themselves: nothing leads to them. Each circle is cut at its oldest directory, which loses its name in the circle and
/// then gets one in lost+found as every directory without one, with all that is below it.</summary>
/// <remarks>Each directory has one name at most by now, so it is in one circle at most.</remarks>
internal sealed class CircleRepair(RepairState state)
{
    public async ValueTask RunAsync()
    {
        List<int> circles = [];
        new TreeClimb(state.Inodes, (oldest, _) => circles.Add(oldest)).ClimbAll();
        foreach (int oldest in circles)
        {
            await CutAsync(oldest);
        }

        await state.Journal.CommitAsync();
    }

    private async ValueTask CutAsync(int index)
    {
        int above = state.Inodes[index].NamedIn - 1;
        ulong ino = state.Inodes[index].Ino;
        ulong parent = state.Inodes[above].Ino;
        await foreach ((byte[] key, byte[] value) in state.Walk.OfAsync(RepairState.Key(entries => VolumeKeys.Entries(entries, parent))))
        {
            if (EntryRecord.Decode(value).Ino != ino)
            {
                continue;
            }

            state.Journal.Delete(key);
            string name = ShownName.Of(VolumeKeys.NameOf(key));
            state.Journal.Lose(new VolumeLoss("name-removed", parent, Path: null, $"The name '{name}' of directory {parent} is removed: the directory it names, {ino}, lay below itself."));
        }

        state.Inodes[index].Names = 0;
        state.Inodes[index].NamedIn = 0;
        state.Inodes[above].Subdirectories--;
        CollectionsMarshal.AsSpan(state.Sums)[above].Entries--;
    }
}
