using System.Reflection;
using BenchmarkDotNet.Columns;
using BenchmarkDotNet.Configs;
using BenchmarkDotNet.Diagnosers;
using BenchmarkDotNet.Exporters;
using BenchmarkDotNet.Jobs;
using BenchmarkDotNet.Loggers;
using BenchmarkDotNet.Reports;
using BenchmarkDotNet.Running;
using BenchmarkDotNet.Toolchains.InProcess.Emit;

namespace Tessera.MicroBenchmarks;

/// <summary>The benchmarks of the inner parts, and how they are run: in this process, because a project made on the fly would not have this one's pinned packages.</summary>
public static class Suite
{
    /// <summary>Each benchmark once, unoptimised builds allowed: whether they work, not how fast they are.</summary>
    public const string DryOption = "--dry";

    /// <summary>Three short rounds: figures to within some percent.</summary>
    public const string ShortOption = "--short";

    /// <param name="arguments">The two options above, and BenchmarkDotNet's own: without "--filter" it asks what to run.</param>
    /// <param name="assembly">Whose benchmarks; this one's unless a test has some.</param>
    /// <returns>0 when every benchmark that was chosen was measured.</returns>
    public static int Run(string[] arguments, Assembly? assembly = null)
    {
        string[] own = [DryOption, ShortOption];
        Summary[] summaries = [.. BenchmarkSwitcher.FromAssembly(assembly ?? typeof(Suite).Assembly).Run([.. arguments.Except(own, StringComparer.Ordinal)], ConfigOf(arguments))];
        return summaries.Length > 0 && summaries.All(IsComplete) ? 0 : 1;
    }

    private static bool IsComplete(Summary summary) =>
        !summary.HasCriticalValidationErrors && summary.Reports.Length > 0 && summary.Reports.All(report => report.Success && report.ResultStatistics is not null);

    private static ManualConfig ConfigOf(string[] arguments)
    {
        bool dry = arguments.Contains(DryOption, StringComparer.Ordinal);
        Job job = dry ? Job.Dry : arguments.Contains(ShortOption, StringComparer.Ordinal) ? Job.ShortRun : Job.Default;
        return ManualConfig.CreateEmpty()
            .AddJob(job.WithToolchain(InProcessEmitToolchain.Instance))
            .AddColumnProvider(DefaultColumnProviders.Instance)
            .AddDiagnoser(MemoryDiagnoser.Default)
            .AddExporter(MarkdownExporter.GitHub)
            .AddLogger(ConsoleLogger.Default)
            .WithOptions(dry ? ConfigOptions.DisableOptimizationsValidator : ConfigOptions.Default)
            .WithArtifactsPath(Path.Combine("artifacts", "micro"));
    }
}
