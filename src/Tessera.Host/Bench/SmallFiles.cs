using Microsoft.Win32.SafeHandles;

namespace Tessera.Host.Bench;

/// <summary>Workloads on many small files in one directory.</summary>
internal static class SmallFiles
{
    public static Measurement Create(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        Directory.CreateDirectory(place.Many);
        byte[] content = new byte[BenchPlan.SmallBytes];
        var sampler = new Sampler(plan.Limit, cancellation);
        for (int i = 0; i < plan.Files && sampler.HasTime; i++)
        {
            BitConverter.TryWriteBytes(content, i);
            string path = place.Small(i);
            sampler.Begin();
            using (SafeFileHandle file = File.OpenHandle(path, FileMode.CreateNew, FileAccess.Write))
            {
                RandomAccess.Write(file, content, 0);
            }

            sampler.End(1);
        }

        return sampler.Finish();
    }

    /// <summary>One file after the other, as often as there is time in a third of it.</summary>
    public static Measurement Stat(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        string[] paths = Directory.GetFiles(place.Many);
        var sampler = new Sampler(plan.Limit / 3, cancellation);
        do
        {
            foreach (string path in paths)
            {
                sampler.Begin();
                _ = File.GetAttributes(path);
                sampler.End(1);
            }
        }
        while (sampler.HasTime);
        return sampler.Finish();
    }

    /// <summary>The whole directory with every file's size, as often as there is time in a third of it; counted in files.</summary>
    public static Measurement List(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        var directory = new DirectoryInfo(place.Many);
        var sampler = new Sampler(plan.Limit / 3, cancellation);
        do
        {
            sampler.Begin();
            int files = 0;
            foreach (FileInfo file in directory.EnumerateFiles())
            {
                files += file.Length > 0 ? 1 : 0;
            }

            sampler.End(files);
        }
        while (sampler.HasTime);
        return sampler.Finish();
    }

    public static Measurement Delete(BenchPlace place, BenchPlan plan, CancellationToken cancellation)
    {
        string[] paths = Directory.GetFiles(place.Many);
        var sampler = new Sampler(plan.Limit, cancellation);
        for (int i = 0; i < paths.Length && sampler.HasTime; i++)
        {
            sampler.Begin();
            File.Delete(paths[i]);
            sampler.End(1);
        }

        return sampler.Finish();
    }
}
