using Tessera.Mount.Tests.Harness;

namespace Tessera.Mount.Tests.Directories;

/// <summary>Directories that several programs work in at once (readdir(3p), rmdir(3p)). One suite for the mount and for file systems of Linux's own.</summary>
public abstract class SharedDirectorySuite
{
    private const int Staying = 3_000;
    private const int ComingAndGoing = 200;
    private const int Rounds = 5;
    private const int LeastOfEachFiller = 200;

    /// <summary>Who makes entries faster than another removes them would keep it busy for ever, on any file system.</summary>
    private const int MostOfEachFiller = 5_000;
    private const int Fillers = 2;
    private static readonly TimeSpan s_patience = TimeSpan.FromMinutes(2);

    /// <summary>Offsets are saved before anything changes, and lead to the same place while everything else does.</summary>
    [Fact]
    public async Task An_offset_leads_on_to_the_same_entries_while_others_come_and_go()
    {
        await using Place place = Open();
        string directory = Filled(place);
        List<(string Name, long Next)> first = Listed(directory, 0);
        using var changer = new DirectoryChanger(directory, ComingAndGoing);

        for (int round = 0; round < Rounds; round++)
        {
            long before = changer.Changes;
            for (int index = 0; index < Staying; index += Staying / 20)
            {
                Listed(directory, first[index].Next).Select(entry => entry.Name)
                    .ShouldBe(first.Skip(index + 1).Select(entry => entry.Name), $"after {first[index].Name}");
            }

            changer.WaitFor(before + ComingAndGoing);
        }

        changer.Stop();
        place.Check();
    }

    [Fact]
    public async Task Each_entry_that_stays_is_listed_once_while_others_come_and_go()
    {
        await using Place place = Open();
        string directory = Filled(place);
        using var changer = new DirectoryChanger(directory, ComingAndGoing);

        for (int round = 0; round < 4 * Rounds; round++)
        {
            long before = changer.Changes;
            List<string> names = [.. Listed(directory, 0).Select(entry => entry.Name)];
            names.ShouldBeUnique();
            names.Count.ShouldBe(Staying);
            changer.WaitFor(before + (ComingAndGoing / 4));
        }

        changer.Stop();
        place.Check();
    }

    /// <summary>"rm -rf" while others go on making files and directories: it may find the directory not empty, and in the end it is gone with all that was in it.</summary>
    [Fact]
    public async Task A_directory_that_others_are_filling_can_be_removed_with_all_that_is_in_it()
    {
        await using Place place = Open();
        int complaints = 0;
        for (int round = 0; round < Rounds; round++)
        {
            string directory = Path.Combine(place.Path, "filled");
            Syscall.MakeDirectory(directory);
            using var stop = new CancellationTokenSource();
            using var begun = new CountdownEvent(Fillers);
            Task[] fillers = [.. Enumerable.Range(0, Fillers).Select(filler => Task.Factory.StartNew(
                () => Fill(directory, filler, begun, stop.Token), CancellationToken.None, TaskCreationOptions.LongRunning, TaskScheduler.Default))];
            begun.Wait(s_patience, TestContext.Current.CancellationToken).ShouldBeTrue();

            for (int attempt = 0; attempt < 3; attempt++)
            {
                complaints += RemoveAll(directory) is null ? 0 : 1;
            }

            await stop.CancelAsync();
            await Task.WhenAll(fillers).WaitAsync(s_patience, TestContext.Current.CancellationToken);
            RemoveAll(directory).ShouldBeNull("nobody fills it any more");
            Directory.GetFileSystemEntries(place.Path).ShouldBeEmpty();
        }

        complaints.ShouldBeGreaterThan(0, "no removal met anybody filling the directory");
        place.Check();
    }

    internal abstract Place Open();

    private static string Filled(Place place)
    {
        string directory = Path.Combine(place.Path, "directory");
        Syscall.MakeDirectory(directory);
        for (int i = 0; i < Staying; i++)
        {
            Syscall.WriteFile($"{directory}/stays{i}", default);
        }

        return directory;
    }

    /// <summary>Of what stays, all from an offset on.</summary>
    private static List<(string Name, long Next)> Listed(string directory, long offset)
    {
        using var stream = new DirectoryStream(directory);
        return [.. stream.From(offset).Where(entry => entry.Name.StartsWith("stays", StringComparison.Ordinal))];
    }

    /// <summary>Null when it is gone; else what the program complained of.</summary>
    private static string? RemoveAll(string directory)
    {
        ProgramResult result = Programs.TryRun(new ProgramStart("rm", "-rf", directory));
        if (result.ExitCode == 0)
        {
            return null;
        }

        result.Error.Split('\n', StringSplitOptions.RemoveEmptyEntries).ShouldAllBe(line => line.EndsWith(": Directory not empty", StringComparison.Ordinal));
        return result.Error;
    }

    /// <summary>Makes files and directories until the directory is gone, or it was enough.</summary>
    private static void Fill(string directory, int filler, CountdownEvent begun, CancellationToken stop)
    {
        for (int made = 0; made < MostOfEachFiller && !stop.IsCancellationRequested; made++)
        {
            string below = $"{directory}/{filler}-{made / 10 * 10}";
            try
            {
                if (made % 10 == 0)
                {
                    Syscall.MakeDirectory(below);
                }
                else
                {
                    Syscall.WriteFile(made % 2 == 0 ? $"{below}/{made}" : $"{directory}/{filler}-{made}", [1, 2, 3]);
                }
            }
            catch (SyscallException gone) when (gone.Errno == SyscallException.NoEntry)
            {
                if (!Directory.Exists(directory))
                {
                    return;
                }
            }

            if (made == LeastOfEachFiller)
            {
                begun.Signal();
            }
        }
    }
}
